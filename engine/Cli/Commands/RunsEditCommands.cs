using System.ComponentModel;
using MemoryWall.Cli.Host;
using MemoryWall.Cli.Options;
using MemoryWall.Reporting.Phrases;
using MemoryWall.Runs;
using MemoryWall.Runs.Archives;
using MemoryWall.Runs.Labels;
using Spectre.Console;
using Spectre.Console.Cli;

namespace MemoryWall.Cli.Commands;

/// <summary>The options of commands that change one stored run.</summary>
internal abstract class OwnRunOptions : CommandSettings
{
    [CommandArgument(0, "<RUN>")]
    [Description("The run: its id or a unique beginning of it, or latest")]
    public string Run { get; init; } = "";

    [CommandOption("--runs <DIR>")]
    [Description("Folder of the runs (default: data/runs of the checkout, else of this folder)")]
    public string? Runs { get; init; }

    /// <summary>Changes what the user says about the run.</summary>
    /// <returns>Its id.</returns>
    public string Change(Func<RunLabel, RunLabel> change)
    {
        var store = RunsFolderOption.OpenStore(Runs);
        var id = RunSources.FindOwn(store, Run);
        store.ChangeLabel(id, change);
        return id;
    }
}

/// <summary>The options of <c>memwall runs rename</c>.</summary>
internal sealed class RunsRenameOptions : OwnRunOptions
{
    [CommandArgument(1, "<LABEL>")]
    [Description("The run's new label; an empty one removes it")]
    public string Label { get; init; } = "";
}

/// <summary><c>memwall runs rename</c>: gives a run another label.</summary>
internal sealed class RunsRenameCommand : Command<RunsRenameOptions>
{
    public override int Execute(CommandContext context, RunsRenameOptions options, CancellationToken cancellationToken)
    {
        var label = OptionParser.Parse("LABEL", () => RunLabel.ParseLabel(options.Label));
        var id = options.Change(known => known with { Label = label });
        Terminal.Out.WriteLine(RunPhrases.FormatRenamed(id, label));
        return ExitCodes.Success;
    }
}

/// <summary>The options of <c>memwall runs note</c>.</summary>
internal sealed class RunsNoteOptions : OwnRunOptions
{
    [CommandArgument(1, "<TEXT>")]
    [Description("The run's new note; an empty one removes it")]
    public string Text { get; init; } = "";
}

/// <summary><c>memwall runs note</c>: stores a note with a run.</summary>
internal sealed class RunsNoteCommand : Command<RunsNoteOptions>
{
    public override int Execute(CommandContext context, RunsNoteOptions options, CancellationToken cancellationToken)
    {
        var note = OptionParser.Parse("TEXT", () => RunLabel.ParseNote(options.Text));
        var id = options.Change(known => known with { Note = note });
        Terminal.Out.WriteLine(RunPhrases.FormatNoted(id, note));
        return ExitCodes.Success;
    }
}

/// <summary>The options of commands that change several stored runs.</summary>
internal abstract class SeveralRunsOptions : CommandSettings
{
    [CommandArgument(0, "<RUNS>")]
    [Description("Ids of runs or unique beginnings of them, or latest")]
    public string[] Ids { get; init; } = [];

    [CommandOption("--runs <DIR>")]
    [Description("Folder of the runs (default: data/runs of the checkout, else of this folder)")]
    public string? Runs { get; init; }

    public RunStore OpenStore() => RunsFolderOption.OpenStore(Runs);

    /// <summary>The ids of all named runs; all names are checked before the first run is changed.</summary>
    public IReadOnlyList<string> FindAll(RunStore store) => [.. Ids.Select(name => RunSources.FindOwn(store, name)).Distinct()];
}

/// <summary>The options of <c>memwall runs archive</c>.</summary>
internal sealed class RunsArchiveOptions : SeveralRunsOptions
{
    [CommandOption("--undo")]
    [Description("Take the runs out of the archive")]
    public bool Undo { get; init; }
}

/// <summary><c>memwall runs archive</c>: leaves runs out of lists and of <c>latest</c>; their files stay where they are.</summary>
internal sealed class RunsArchiveCommand : Command<RunsArchiveOptions>
{
    public override int Execute(CommandContext context, RunsArchiveOptions options, CancellationToken cancellationToken)
    {
        var store = options.OpenStore();
        foreach (var id in options.FindAll(store))
        {
            store.ChangeLabel(id, known => known with { IsArchived = !options.Undo });
            Terminal.Out.WriteLine(RunPhrases.FormatArchived(id, !options.Undo));
        }
        return ExitCodes.Success;
    }
}

/// <summary>The options of <c>memwall runs rm</c>.</summary>
internal sealed class RunsRemoveOptions : SeveralRunsOptions
{
    [CommandOption("--yes")]
    [Description("Do not ask")]
    public bool Yes { get; init; }
}

/// <summary><c>memwall runs rm</c>: removes runs with all their files.</summary>
internal sealed class RunsRemoveCommand : Command<RunsRemoveOptions>
{
    public override int Execute(CommandContext context, RunsRemoveOptions options, CancellationToken cancellationToken)
    {
        var store = options.OpenStore();
        var ids = options.FindAll(store);
        if (!options.Yes && !IsConfirmed(store, ids))
        {
            Terminal.Out.WriteLine("nothing is removed");
            return ExitCodes.Success;
        }
        foreach (var id in ids)
        {
            store.Remove(id);
            Terminal.Out.WriteLine(RunPhrases.FormatRemoved(id));
        }
        return ExitCodes.Success;
    }

    private static bool IsConfirmed(RunStore store, IReadOnlyList<string> ids)
    {
        if (Console.IsInputRedirected)
            throw new FormatException("runs rm asks before it removes, and nobody can answer here; add --yes");
        var now = TimeProvider.System.GetLocalNow();
        foreach (var run in store.List(withArchived: true).Where(run => ids.Contains(run.Id)))
            Terminal.Error.WriteLine(RunPhrases.FormatInOneLine(run, now));
        Terminal.Error.Write("Remove with all files? Type yes: ");
        return Console.In.ReadLine()?.Trim() is "yes" or "y";
    }
}
