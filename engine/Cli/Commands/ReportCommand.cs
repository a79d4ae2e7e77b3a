using System.ComponentModel;
using MemoryWall.Cli.Host;
using MemoryWall.Cli.NotebookLauncher;
using MemoryWall.Runs;
using Spectre.Console.Cli;

namespace MemoryWall.Cli.Commands;

/// <summary>The options of <c>memwall report</c>.</summary>
internal sealed class ReportOptions : CommandSettings
{
    [CommandArgument(0, "<NOTEBOOK>")]
    [Description("The notebook's name, for example context-sweep or 01-context-sweep")]
    public string Notebook { get; init; } = "";

    [CommandOption("--run <RUN>")]
    [Description("The run to show: its id, or a unique beginning of it (default: the notebook's sample); repeatable where the notebook "
        + "shows several")]
    public string[] Run { get; init; } = [];

    [CommandOption("-p|--parameter <NAME=VALUE>")]
    [Description("Set a parameter of the notebook; repeatable")]
    public string[] Parameters { get; init; } = [];

    [CommandOption("-o|--output <FILE>")]
    [Description("The HTML file to write (default: reports/<run>/<notebook>.html of the checkout)")]
    public string? Output { get; init; }

    [CommandOption("--runs <DIR>")]
    [Description("Folder of the runs (default: data/runs of the checkout, else of this folder)")]
    public string? Runs { get; init; }

    [CommandOption("--notebooks <DIR>")]
    [Description("Folder of the notebooks (default: notebooks of the checkout)")]
    public string? Notebooks { get; init; }
}

/// <summary><c>memwall report</c>: executes a notebook and renders it, without an editor or a Jupyter kernel.</summary>
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

        // The executed notebook stays next to the report, so that a reader of the report can open it.
        var executed = Path.ChangeExtension(output, ".ipynb");
        string[] words = ["run", notebook, "--output", executed, .. RepeatOption("--run", shown),
            .. RepeatOption("--parameter", options.Parameters)];
        var code = await NotebookRunnerProcess.RunAsync(words, cancellationToken,
            start => start.Environment[RunsDirectory.EnvironmentVariable] = runs).ConfigureAwait(false);
        if (code != ExitCodes.Success)
            return code;
        return await NotebookRunnerProcess.RunAsync(["render", executed, "--output", output], cancellationToken).ConfigureAwait(false);
    }

    // A missing run is an error here and not in a cell. The notebook itself opens a path, as samples have.
    private static string ResolveRunId(RunStore store, string run) =>
        run.Contains('/', StringComparison.Ordinal) ? run : store.Read(run, withMarks: false).Manifest.RunId;

    private static string FormatFolderName(List<string> runs) => string.Join('+', runs.Select(run => Path.GetFileName(run.TrimEnd('/'))));

    private static IEnumerable<string> RepeatOption(string option, IEnumerable<string> values) =>
        values.SelectMany(value => new[] { option, value });
}
