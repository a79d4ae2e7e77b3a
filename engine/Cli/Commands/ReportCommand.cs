using System.ComponentModel;
using MemoryWall.Cli.NotebookLauncher;
using MemoryWall.Runs;
using Spectre.Console.Cli;

namespace MemoryWall.Cli.Commands;

/// <summary>The options of <c>memwall report</c>.</summary>
internal sealed class ReportOptions : CommandSettings
{
    [CommandArgument(0, "<NOTEBOOK>")]
    [Description("A notebook's name, for example context-sweep or 01-context-sweep")]
    public string Notebook { get; init; } = "";

    [CommandOption("--run <RUN>")]
    [Description("The run to show, by its id or a beginning of it (default: the notebook's own sample); may be given more than once where the notebook shows several")]
    public string[] Run { get; init; } = [];

    [CommandOption("-p|--parameter <NAME=VALUE>")]
    [Description("Set another parameter of the notebook; may be given more than once")]
    public string[] Parameters { get; init; } = [];

    [CommandOption("-o|--output <FILE>")]
    [Description("The HTML file to write (default reports/<run>/<notebook>.html of the checkout)")]
    public string? Output { get; init; }

    [CommandOption("--runs <DIR>")]
    [Description("Where runs are kept (default data/runs of the checkout)")]
    public string? Runs { get; init; }

    [CommandOption("--notebooks <DIR>")]
    [Description("Where the notebooks are (default notebooks of the checkout)")]
    public string? Notebooks { get; init; }
}

/// <summary><c>memwall report</c>: one notebook executed and rendered, without any editor or kernel extension.</summary>
internal sealed class ReportCommand : AsyncCommand<ReportOptions>
{
    public override async Task<int> ExecuteAsync(CommandContext context, ReportOptions options, CancellationToken cancellationToken)
    {
        var notebooks = options.Notebooks is { } named ? Path.GetFullPath(named) : Path.Combine(NotebookFiles.FindCheckout(), "notebooks");
        var notebook = NotebookFiles.Find(notebooks, options.Notebook);
        var runs = RunsDirectory.Resolve(options.Runs);
        var store = new RunStore(runs);
        var shown = options.Run.Select(run => ResolveRunId(store, run)).ToList();
        var output = Path.GetFullPath(
            options.Output
                ?? Path.Combine(Path.GetDirectoryName(notebooks)!, "reports", FormatFolderName(shown),
                    NotebookFiles.ShortName(notebook) + ".html"));

        // The executed notebook lies beside the report: what stands in the one can be looked at in the other.
        var executed = Path.ChangeExtension(output, ".ipynb");
        string[] words = ["run", notebook, "--output", executed, .. RepeatOption("--run", shown),
            .. RepeatOption("--parameter", options.Parameters)];
        var code = await NotebookRunnerProcess.RunAsync(words, cancellationToken,
            start => start.Environment[RunsDirectory.EnvironmentVariable] = runs).ConfigureAwait(false);
        if (code != ExitCodes.Success)
            return code;
        return await NotebookRunnerProcess.RunAsync(["render", executed, "--output", output], cancellationToken).ConfigureAwait(false);
    }

    // A beginning of an id becomes the id, and a run that is not there is an error here and not in a cell. A path, as the samples have, is
    // the notebook's to open.
    private static string ResolveRunId(RunStore store, string run) =>
        run.Contains('/', StringComparison.Ordinal) ? run : store.Read(run, withMarks: false).Manifest.RunId;

    private static string FormatFolderName(List<string> runs) => string.Join('+', runs.Select(run => Path.GetFileName(run.TrimEnd('/'))));

    private static IEnumerable<string> RepeatOption(string option, IEnumerable<string> values) =>
        values.SelectMany(value => new[] { option, value });
}
