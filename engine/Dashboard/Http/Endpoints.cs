using System.Reflection;
using MemoryWall.Core.Primitives;
using MemoryWall.Dashboard.Launching;
using MemoryWall.Dashboard.Observation;
using MemoryWall.Runs.Files;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace MemoryWall.Dashboard.Http;

/// <summary>The addresses of the dashboard: those of its page below its token, and reports and zip files with tickets of their
/// own.</summary>
internal sealed class Endpoints(RunObservatory observatory, RunLauncher launcher, EventStream events, PageTickets tickets)
{
    // A report has its scripts and styles inline. It runs in a sandbox of its own origin, without any connection.
    private const string ReportPolicy =
        "sandbox allow-scripts; default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:; font-src data:; "
        + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    private readonly RunCatalog _catalog = new(observatory);

    private readonly RunChanges _changes = new(observatory);

    /// <summary>Adds the addresses.</summary>
    /// <param name="routes">Those below the token.</param>
    /// <param name="root">Those without it.</param>
    public void Map(IEndpointRouteBuilder routes, IEndpointRouteBuilder root)
    {
        routes.MapGet("/", () => Asset("index.html", "text/html; charset=utf-8"));
        routes.MapGet("/dashboard.css", () => Asset("dashboard.css", "text/css; charset=utf-8"));
        routes.MapGet("/dashboard.js", () => Asset("dashboard.js", "text/javascript; charset=utf-8"));
        routes.MapGet("/events", events.WriteAsync);
        routes.MapGet("/history", (int? page, string? search) => ListHistory(page ?? 0, search?.Trim() ?? ""));
        root.MapGet($"/{PageTickets.Bundle}/{{run}}/{{ticket}}", WriteBundleAsync);
        root.MapGet($"/{PageTickets.Report}/{{run}}/{{ticket}}", OpenReport);
        routes.MapGet("/links/{run}", (string run) => Results.Json(CreateLinks(run), PageJson.Options));
        routes.MapGet("/change/{run}", (string run) => Results.Json(new { text = _changes.Describe(run, _catalog) },
            PageJson.Options));
        routes.MapGet("/samples", () => Results.Json(observatory.Samples, PageJson.Options));
        routes.MapGet("/started", ListStarted);
        routes.MapPost("/command", (RunForm form) => Answer(() => new { commandLine = launcher.Describe(form) }));
        routes.MapPost("/start", StartAsync);
        routes.MapPost("/stop/{id:int}", (int id) => launcher.Stop(id) ? Results.NoContent() : Results.NotFound());
    }

    private static IResult Asset(string name, string type) =>
        Results.Stream(Assembly.GetExecutingAssembly().GetManifestResourceStream(name)!, type);

    private IResult ListHistory(int page, string search)
    {
        var (rows, count) = _catalog.List(page, search);
        return Results.Json(new
        {
            rows = rows.Select(row => new { row, links = CreateLinks(row.Id) }),
            count,
            pageSize = RunCatalog.PageSize,
        }, PageJson.Options);
    }

    private async Task WriteBundleAsync(HttpContext http, string run)
    {
        if (Find(run) is not var (id, folder))
        {
            http.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }
        try
        {
            await RunBundle.WriteAsync(http, id, folder).ConfigureAwait(false);
        }
        // What has begun is broken off: half a zip file cannot be opened.
        catch (StoreException error) when (!http.Response.HasStarted)
        {
            (http.Response.StatusCode, http.Response.ContentType) = (StatusCodes.Status422UnprocessableEntity, "text/plain; charset=utf-8");
            http.Response.Headers.Remove("Content-Disposition");
            await http.Response.WriteAsync(SafeText.RemoveUnsafe(ProblemText.Clean(error.Reason))).ConfigureAwait(false);
        }
    }

    private IResult OpenReport(HttpContext http, string run)
    {
        if (FindReport(run) is not { } page)
            return Results.NotFound();
        http.Response.Headers.ContentSecurityPolicy = ReportPolicy;
        return Results.File(page, "text/html; charset=utf-8");
    }

    private string? FindReport(string run) =>
        Find(run) is var (id, _) ? RunReports.Find(observatory.Root, id) : null;

    private IResult ListStarted() => Results.Json(new
    {
        canStart = launcher.CanStart,
        commands = launcher.Started.Select(run => new
        {
            run.Id,
            run.CommandLine,
            run.ExitCode,
            lines = run.Lines,
        }),
    }, PageJson.Options);

    // Null where there is no such run. A text that is no id is never part of a path.
    private (string Id, string Folder)? Find(string run)
    {
        try
        {
            return observatory.Find(run);
        }
        catch (StoreException)
        {
            return null;
        }
    }

    private RunLinks CreateLinks(string run) => new(
        Find(run) is null ? null : tickets.CreatePath(PageTickets.Bundle, run),
        FindReport(run) is null ? null : tickets.CreatePath(PageTickets.Report, run));

    // The command line itself judges the form, before anything is started.
    private async Task<IResult> StartAsync(RunForm form)
    {
        try
        {
            return await launcher.CheckAsync(form).ConfigureAwait(false) is { } problem
                ? Refuse(problem)
                : Results.Json(new { id = launcher.Start(form).Id }, PageJson.Options);
        }
        catch (FormatException error)
        {
            return Refuse(error.Message);
        }
    }

    // A form that says no is an answer, not an error of the page.
    private static IResult Refuse(string problem) => Results.Json(new { problem = ProblemText.Clean(problem) }, PageJson.Options);

    private static IResult Answer<T>(Func<T> action)
    {
        try
        {
            return Results.Json(action(), PageJson.Options);
        }
        catch (FormatException error)
        {
            return Refuse(error.Message);
        }
    }

    // What a page may open of a run; null for what there is not.
    private sealed record RunLinks(string? Bundle, string? Report);
}
