using System.ComponentModel;
using MemoryWall.Cli.Host;
using MemoryWall.Cli.Options;
using MemoryWall.Cli.Views;
using MemoryWall.Lake;
using MemoryWall.Lake.Files;
using MemoryWall.Reporting.Phrases;
using MemoryWall.Runs.Archives;
using MemoryWall.Runs.Files;
using Spectre.Console;
using Spectre.Console.Cli;

namespace MemoryWall.Cli.Commands;

/// <summary>The options of commands on a lake.</summary>
internal class LakeOptions : CommandSettings
{
    [CommandOption("--lake <FOLDER>")]
    [Description("Folder of the lake (default: MEMWALL_LAKE, else data/lake of the checkout, else of this folder)")]
    public string? Lake { get; init; }

    /// <summary>The lake, which has to exist: nothing would be found in another one.</summary>
    /// <exception cref="FormatException">There is none.</exception>
    public LakeFolder OpenExisting()
    {
        var lake = LakeFolder.Resolve(Lake);
        return lake.Exists ? lake
            : throw new FormatException($"--lake: there is no lake in '{lake.Root}'; add runs to it with memwall lake add RUN");
    }
}

/// <summary>The options of <c>memwall lake add</c>.</summary>
internal sealed class LakeAddOptions : LakeOptions
{
    [CommandArgument(0, "<RUNS>")]
    [Description("Runs, comparisons, latest, samples/NAME, folders or zip files of runs")]
    public string[] Names { get; init; } = [];

    [CommandOption("--again")]
    [Description("Derive and write runs that have not changed again, for example with a newer version")]
    public bool Again { get; init; }

    [CommandOption("--runs <DIR>")]
    [Description("Folder of the runs (default: data/runs of the checkout, else of this folder)")]
    public string? Runs { get; init; }
}

/// <summary><c>memwall lake add</c>: adds runs to the tables of a lake, each once.</summary>
internal sealed class LakeAddCommand : AsyncCommand<LakeAddOptions>
{
    public override async Task<int> ExecuteAsync(CommandContext context, LakeAddOptions options, CancellationToken cancellationToken)
    {
        var store = RunsFolderOption.OpenStore(options.Runs);
        using var named = RunSources.Open(store, options.Names);
        var writer = await LakeWriter.OpenAsync(LakeFolder.Resolve(options.Lake), isDurable: true, cancellationToken).ConfigureAwait(false);
        var isComplete = true;
        foreach (var run in named.Runs)
        {
            try
            {
                var addition = await writer.AddAsync(run.Folder, options.Again, cancellationToken).ConfigureAwait(false);
                Terminal.Out.WriteLine(addition.Change switch
                {
                    LakeChange.Added => LakePhrases.FormatAdded(addition.RunId),
                    LakeChange.Replaced => LakePhrases.FormatReplaced(addition.RunId),
                    _ => LakePhrases.FormatUnchanged(addition.RunId),
                });
                if (addition.LeftOut.Count > 0)
                    Terminal.Error.WriteLine(LakePhrases.FormatLeftOut(addition.RunId, addition.LeftOut));
            }
            catch (StoreException error)
            {
                // The others are added all the same.
                Terminal.Error.WriteLine(error.Message);
                isComplete = false;
            }
        }
        return isComplete ? ExitCodes.Success : ExitCodes.Store;
    }
}

/// <summary><c>memwall lake compact</c>: packs the files of each month into one.</summary>
internal sealed class LakeCompactCommand : AsyncCommand<LakeOptions>
{
    public override async Task<int> ExecuteAsync(CommandContext context, LakeOptions options, CancellationToken cancellationToken)
    {
        var done = await LakeCompactor.CompactAsync(options.OpenExisting(), TimeProvider.System, cancellationToken).ConfigureAwait(false);
        Terminal.Out.WriteLine(LakePhrases.FormatCompacted(done.Packs, done.Runs, done.FilesBefore, done.FilesAfter));
        return LakeProblemWriter.Write(Terminal.Error, done.Problems);
    }
}
