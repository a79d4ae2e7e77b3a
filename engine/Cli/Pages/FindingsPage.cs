using MemoryWall.Analysis.Reports;
using MemoryWall.Cli.Host;
using MemoryWall.Cli.NotebookLauncher;
using MemoryWall.Core;
using MemoryWall.Export.Pictures;
using MemoryWall.Reporting.Summary;
using MemoryWall.Runs;
using Spectre.Console;

namespace MemoryWall.Cli.Pages;

/// <summary>What a page is about, and where it goes.</summary>
/// <param name="Notebook">The notebook of its chapters.</param>
/// <param name="Output">The HTML file.</param>
/// <param name="RunsDirectory">The folder of the runs.</param>
internal sealed record FindingsPageRequest(string Notebook, string Output, string RunsDirectory)
{
    /// <summary>The context sweep; null where none was stored.</summary>
    public Run? Sweep { get; init; }

    /// <summary>The runs compared under a limit, the system to compare with the others last.</summary>
    public IReadOnlyList<Run> Systems { get; init; } = [];

    /// <summary>Runs of conversations, one a system; none where there are none.</summary>
    public IReadOnlyList<Run> Sessions { get; init; } = [];

    /// <summary>Their names for the notebook; the ids where null.</summary>
    public IReadOnlyList<string>? SessionNames { get; init; }

    /// <summary>The runs' names for the notebook, the sweep first; the ids where null. A sample is named by its path.</summary>
    public IReadOnlyList<string>? RunNames { get; init; }

    /// <summary>What could not be measured, one sentence each.</summary>
    public IReadOnlyList<string> Problems { get; init; } = [];

    /// <summary>The logo and the customer's name.</summary>
    public PageBranding Branding { get; init; } = new(null, null);

    /// <summary>The browser that prints the page to PDF; null for no PDF.</summary>
    public Browser? PdfBrowser { get; init; }
}

/// <summary>
/// The page that is handed over: a sheet with the findings, then the chapters of a notebook. The sheet is made from the runs alone and
/// written first, so that there is a page whatever happens to the chapters.
/// </summary>
internal static class FindingsPage
{
    private const string Title = "MemoryWall: what happens to LLM inference as the context grows";
    private const string SummaryTag = "summary";
    private const string SessionsTag = "sessions";
    private const string SessionsParameter = "sessionNames";

    /// <summary>Writes the page and returns the exit code of what is worst in it.</summary>
    public static async Task<int> WriteAsync(FindingsPageRequest request, CancellationToken cancellation)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(request.Output)!);
        var work = Directory.CreateTempSubdirectory("memwall-page-");
        try
        {
            var front = Path.Combine(work.FullName, "summary.html");
            await File.WriteAllTextAsync(front, RenderSummary(request), CancellationToken.None).ConfigureAwait(false);
            var code = await RenderAsync(request, front, [], "The chapters of this page are missing, because it was not finished.")
                .ConfigureAwait(false);
            if (code == ExitCodes.Success && (request.Sweep ?? request.Systems.LastOrDefault()) is not null)
                code = await AddChaptersAsync(request, front, work.FullName, cancellation).ConfigureAwait(false);
            if (request.PdfBrowser is { } browser && File.Exists(request.Output))
                await PdfPrinter.PrintAsync(browser, request.Output, cancellation).ConfigureAwait(false);
            return code;
        }
        finally
        {
            work.Delete(recursive: true);
        }
    }

    /// <summary>The executed notebook of a page's chapters, in the folder of the page.</summary>
    public static string GetNotebookPath(string notebook, string output) =>
        Path.Combine(Path.GetDirectoryName(Path.GetFullPath(output))!, NotebookFiles.ShortName(notebook) + ".ipynb");

    private static async Task<int> AddChaptersAsync(FindingsPageRequest request, string front, string work,
        CancellationToken cancellation)
    {
        var executed = GetNotebookPath(request.Notebook, request.Output);
        var names = request.RunNames
            ?? [.. new[] { request.Sweep }.OfType<Run>().Concat(request.Systems).Select(run => run.Manifest.RunId)];
        Terminal.Error.WriteLine("rendering the page");
        // Chapters of an earlier page must not pass for those of this one.
        File.Delete(executed);
        var notebook = await PristineNotebook.CopyAsync(request.Notebook, work).ConfigureAwait(false);
        var sessions = request.SessionNames ?? [.. request.Sessions.Select(run => run.Manifest.RunId)];
        // A chapter about nothing is left out, heading and all.
        if (sessions.Count == 0)
            await PristineNotebook.OmitAsync(notebook, SessionsTag).ConfigureAwait(false);
        var code = await NotebookRunnerProcess.RunAsync(
            ["run", notebook, "--folder", Path.GetDirectoryName(request.Notebook)!, "--output", executed, "--force", "--keep-going",
                .. names.SelectMany(name => new[] { "--run", name }),
                .. sessions.Count == 0 ? Array.Empty<string>()
                    : ["--parameter", $"{SessionsParameter}={string.Join(',', sessions)}"]],
            cancellation, start => start.Environment[RunsDirectory.EnvironmentVariable] = request.RunsDirectory).ConfigureAwait(false);
        // A notebook in which some cells failed has chapters all the same, and says at each place what is missing.
        if (code is not (ExitCodes.Success or ExitCodes.Notebook) || !File.Exists(executed))
        {
            await RenderAsync(request, front, [], code == ExitCodes.Cancelled
                ? "The chapters of this page are missing, because it was stopped."
                : "The chapters of this page are missing, because they could not be made.").ConfigureAwait(false);
            return code;
        }
        var rendered = await RenderAsync(request, front, [executed], null).ConfigureAwait(false);
        return rendered == ExitCodes.Success ? code : rendered;
    }

    private static string RenderSummary(FindingsPageRequest request) =>
        SummaryPageHtml.Render(
            SummaryPage.Create(request.Sweep is { } sweep ? RunReport.Create(sweep) : null,
                [.. request.Systems.Select(system => RunReport.Create(system))], request.Problems,
                [.. request.Sessions.Select(system => RunReport.Create(system))]),
            request.Branding.Customer, request.Branding.Logo);

    // Rendering takes a second and is not stopped: it replaces the page as a whole.
    private static Task<int> RenderAsync(FindingsPageRequest request, string front, string[] notebooks, string? problem) =>
        NotebookRunnerProcess.RunAsync(
            ["render", .. notebooks, "--front", front, "--output", request.Output, "--force", "--title", Title, "--omit", SummaryTag,
                .. problem is null ? Array.Empty<string>() : ["--problem", problem]],
            CancellationToken.None);
}
