using System.Reflection;
using System.Text.Json;
using MemoryWall.Dashboard.Launching;
using MemoryWall.Dashboard.Observation;
using MemoryWall.Runs.Files;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace MemoryWall.Dashboard.Http;

/// <summary>The addresses of the dashboard, all below its token.</summary>
internal sealed class Endpoints(RunObservatory observatory, RunLauncher launcher, EventStream events)
{
    // A report has its scripts and styles inline. It runs in a sandbox of its own origin, without any connection.
    private const string ReportPolicy =
        "sandbox allow-scripts; default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data:; font-src data:; "
        + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    private readonly RunCatalog _catalog = new(observatory);

    /// <summary>Adds the addresses.</summary>
    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/", () => Asset("index.html", "text/html; charset=utf-8"));
        routes.MapGet("/dashboard.css", () => Asset("dashboard.css", "text/css; charset=utf-8"));
        routes.MapGet("/dashboard.js", () => Asset("dashboard.js", "text/javascript; charset=utf-8"));
        routes.MapGet("/events", events.WriteAsync);
        routes.MapGet("/history", (int? page, string? search) => ListHistory(page ?? 0, search?.Trim() ?? ""));
        routes.MapGet("/bundle/{run}", WriteBundleAsync);
        routes.MapGet("/report/{run}", OpenReport);
        routes.MapGet("/reports/{run}", (string run) => Results.Json(FindReport(run) is not null));
        routes.MapGet("/started", ListStarted);
        routes.MapPost("/command", (RunForm form) => Answer(() => new { commandLine = launcher.Describe(form) }));
        routes.MapPost("/start", (RunForm form) => Answer(() => new { id = launcher.Start(form).Id }));
        routes.MapPost("/stop/{id:int}", (int id) => launcher.Stop(id) ? Results.NoContent() : Results.NotFound());
    }

    private static IResult Asset(string name, string type) =>
        Results.Stream(Assembly.GetExecutingAssembly().GetManifestResourceStream(name)!, type);

    private IResult ListHistory(int page, string search)
    {
        var (rows, count) = _catalog.List(page, search);
        return Results.Json(new
        {
            rows = rows.Select(row => new { row, hasReport = RunReports.Find(observatory.Root, row.Id) is not null }),
            count,
            pageSize = RunCatalog.PageSize,
        }, JsonSerializerOptions.Web);
    }

    private async Task WriteBundleAsync(HttpContext http, string run)
    {
        if (FindFolder(run) is { } folder)
            await RunBundle.WriteAsync(http, folder).ConfigureAwait(false);
        else
            http.Response.StatusCode = StatusCodes.Status404NotFound;
    }

    private IResult OpenReport(HttpContext http, string run)
    {
        if (FindReport(run) is not { } page)
            return Results.NotFound();
        http.Response.Headers.ContentSecurityPolicy = ReportPolicy;
        return Results.File(page, "text/html; charset=utf-8");
    }

    private string? FindReport(string run) =>
        FindFolder(run) is { } folder ? RunReports.Find(observatory.Root, Path.GetFileName(folder)) : null;

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
    }, JsonSerializerOptions.Web);

    // Null where there is no such run. A text that is no id is never part of a path.
    private string? FindFolder(string run)
    {
        try
        {
            return observatory.FindFolder(run);
        }
        catch (StoreException)
        {
            return null;
        }
    }

    private static IResult Answer<T>(Func<T> action)
    {
        try
        {
            return Results.Json(action(), JsonSerializerOptions.Web);
        }
        catch (FormatException error)
        {
            return Results.Json(new { problem = error.Message }, JsonSerializerOptions.Web, statusCode: StatusCodes.Status400BadRequest);
        }
    }
}
