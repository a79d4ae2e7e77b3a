using System.ComponentModel;
using MemoryWall.Cli.Host;
using MemoryWall.Reporting.Phrases;
using MemoryWall.Runs;
using MemoryWall.Runs.Archives;
using Spectre.Console;
using Spectre.Console.Cli;

namespace MemoryWall.Cli.Commands;

/// <summary>The options of <c>memwall runs import</c>.</summary>
internal sealed class RunsImportOptions : CommandSettings
{
    [CommandArgument(0, "<ZIP>")]
    [Description("A zip file of runs, from memwall runs export --bundle or memwall export --to zip")]
    public string Zip { get; init; } = "";

    [CommandOption("--runs <DIR>")]
    [Description("Folder of the runs (default: data/runs of the checkout, else of this folder)")]
    public string? Runs { get; init; }
}

/// <summary><c>memwall runs import</c>: adds runs of another machine, for every table and page.</summary>
internal sealed class RunsImportCommand : Command<RunsImportOptions>
{
    public override int Execute(CommandContext context, RunsImportOptions options, CancellationToken cancellationToken)
    {
        var store = new RunStore(RunsDirectory.Resolve(options.Runs));
        if (!File.Exists(options.Zip))
            throw new FormatException($"ZIP: there is no file '{options.Zip}'");
        // In the same folder, so that a run is moved there as a whole. A dot keeps it out of lists.
        var folder = Directory.CreateDirectory(Path.Combine(store.Root, ".import-" + Path.GetRandomFileName())).FullName;
        try
        {
            if (!RunArchive.Extract(options.Zip, folder))
                Terminal.Error.WriteLine(ExportPhrases.NoChecksums);
            var added = store.Adopt(folder, RunContent.AreSame);
            foreach (var id in added)
                Terminal.Out.WriteLine(id);
            if (added.Count == 0)
                Terminal.Error.WriteLine($"nothing is added: {store.Root} has all runs of this file");
            return ExitCodes.Success;
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
