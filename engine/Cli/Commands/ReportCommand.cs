using System.ComponentModel;
using MemoryWall.Cli.Host;
using MemoryWall.Cli.NotebookLauncher;
using MemoryWall.Cli.Options;
using MemoryWall.Cli.Pages;
using MemoryWall.Runs;
using MemoryWall.Runs.Archives;
using Spectre.Console.Cli;

namespace MemoryWall.Cli.Commands;

/// <summary>The options of <c>memwall report</c>.</summary>
internal sealed class ReportOptions : CommandSettings
{
    [CommandArgument(0, "<NOTEBOOK>")]
    [Description("The notebook's name, for example context-sweep or 01-context-sweep")]
    public string Notebook { get; init; } = "";

    [CommandOption("--run <RUN>")]
    [Description("The run to show: " + RunArgument.Meaning + " (default: the notebook's sample); repeatable where the notebook shows "
        + "several; for findings the sweep first, then the systems")]
    public string[] Run { get; init; } = [];

    [CommandOption("-p|--parameter <NAME=VALUE>")]
    [Description("Set a parameter of the notebook; repeatable")]
    public string[] Parameters { get; init; } = [];

    [CommandOption("-o|--output <FILE>")]
    [Description("The HTML file to write (default: reports/<run>/<notebook>.html of the checkout, else of this folder)")]
    public string? Output { get; init; }

    [CommandOption("--pdf")]
    [Description("Print the page to a PDF file too, with Chromium, Google Chrome or Microsoft Edge")]
    public bool Pdf { get; init; }

    [CommandOption("--customer <NAME>")]
    [Description("For whom the page of findings is made; a name on its first sheet")]
    public string? Customer { get; init; }

    [CommandOption("--logo <FILE>")]
    [Description("A picture for the first sheet of the page of findings")]
    public string? Logo { get; init; }

    [CommandOption("--force")]
    [Description("Replace files that this program did not make")]
    public bool Force { get; init; }

    [CommandOption("--runs <DIR>")]
    [Description("Folder of the runs (default: data/runs of the checkout, else of this folder)")]
    public string? Runs { get; init; }

    [CommandOption("--notebooks <DIR>")]
    [Description("Folder of the notebooks (default: those that come with memwall)")]
    public string? Notebooks { get; init; }
}

/// <summary><c>memwall report</c>: executes a notebook and renders it, without an editor or a Jupyter kernel.</summary>
internal sealed class ReportCommand : AsyncCommand<ReportOptions>
{
    private const string Findings = "findings";

    // What the page of findings shows without a run.
    private static readonly string[] s_sampleNames = ["samples/context-sweep", "samples/wall-standard", "samples/wall-no-swap",
        "samples/wall-kv-q8_0", "samples/wall-managed", "samples/sessions-recompute", "samples/sessions-ram", "samples/sessions-tier"];

    public override async Task<int> ExecuteAsync(CommandContext context, ReportOptions options, CancellationToken cancellationToken)
    {
        var notebooks = options.Notebooks is { } named ? Path.GetFullPath(named) : NotebookFiles.FindFolder();
        var reports = options.Notebooks is null ? NotebookFiles.ReportsFolder : Path.Combine(Path.GetDirectoryName(notebooks)!, "reports");
        var notebook = NotebookFiles.Find(notebooks, options.Notebook);
        var isFindings = NotebookFiles.ShortName(notebook) == Findings && options.Parameters.Length == 0;
        var browser = options.Pdf ? PdfPrinter.FindBrowser() : null;
        var store = RunsFolderOption.OpenStore(options.Runs);
        using var found = RunSources.Open(store, options.Run.Length > 0 || !isFindings ? options.Run : s_sampleNames);
        using var shown = ShownRuns.Create(store, found);
        var folder = options.Run.Length == 0 ? "" : string.Join('+', shown.Names.Select(Path.GetFileName));
        var output = Path.GetFullPath(options.Output ?? Path.Combine(reports, folder, NotebookFiles.ShortName(notebook) + ".html"));
        var executed = isFindings ? FindingsPage.GetNotebookPath(notebook, output) : GetNotebookPath(output);
        PageFiles.CheckSource(notebook, executed);
        // Pages in the folder of reports are this program's own.
        if (options.Output is not null)
            PageFiles.Check(output, executed, options.Pdf, options.Force);
        if (!isFindings && (options.Customer ?? options.Logo) is not null)
            throw new FormatException("--customer and --logo: only the page of findings has a first sheet; memwall report findings");
        var code = isFindings
            ? await WriteFindingsAsync(options, new FindingsPageRequest(notebook, output, shown.Folder) { PdfBrowser = browser }, shown,
                cancellationToken).ConfigureAwait(false)
            : await WriteNotebookAsync(notebook, output, shown.Folder,
                [.. RepeatOption("--run", shown.Names), .. RepeatOption("--parameter", options.Parameters)], cancellationToken)
                .ConfigureAwait(false);
        if (!isFindings && code == ExitCodes.Success && browser is not null)
            await PdfPrinter.PrintAsync(browser, output, cancellationToken).ConfigureAwait(false);
        return code;
    }

    private static Task<int> WriteFindingsAsync(ReportOptions options, FindingsPageRequest request, ShownRuns shown,
        CancellationToken cancellation)
    {
        var runs = shown.Read().Zip(shown.Names).ToList();
        var sessions = runs.Where(run => run.First.Manifest.Plan.Sessions is not null).ToList();
        var others = runs.Except(sessions).ToList();
        if (others.Count == 0)
        {
            throw new FormatException("--run: the page of findings is about a sweep, and the named runs have conversations only; name a "
                + "sweep too");
        }
        return FindingsPage.WriteAsync(request with
        {
            Sweep = others.Count > 0 ? others[0].First : null,
            Systems = [.. others.Skip(1).Select(run => run.First)],
            RunNames = [.. others.Select(run => run.Second)],
            Sessions = [.. sessions.Select(run => run.First)],
            SessionNames = [.. sessions.Select(run => run.Second)],
            Branding = PageBranding.Read(options.Customer, options.Logo),
        }, cancellation);
    }

    private static async Task<int> WriteNotebookAsync(string notebook, string output, string runs, string[] parameters,
        CancellationToken cancellation)
    {
        var executed = GetNotebookPath(output);
        var code = await NotebookRunnerProcess.RunAsync(["run", notebook, "--output", executed, "--force", .. parameters], cancellation,
            start => start.Environment[RunsDirectory.EnvironmentVariable] = runs).ConfigureAwait(false);
        if (code != ExitCodes.Success)
            return code;
        return await NotebookRunnerProcess.RunAsync(["render", executed, "--output", output, "--force"], cancellation)
            .ConfigureAwait(false);
    }

    // The executed notebook stays next to the report, so that a reader of the report can open it.
    private static string GetNotebookPath(string output) => Path.ChangeExtension(output, ".ipynb");

    private static IEnumerable<string> RepeatOption(string option, IEnumerable<string> values) =>
        values.SelectMany(value => new[] { option, value });
}
