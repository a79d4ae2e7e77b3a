using System.Text.Json.Nodes;
using MemoryWall.Analysis.Reports;
using MemoryWall.Analysis.Sessions;
using MemoryWall.Cli.Execution;
using MemoryWall.Cli.Host;
using MemoryWall.Cli.Options;
using MemoryWall.Cli.Views;
using MemoryWall.Core;
using MemoryWall.Reporting.Json;
using MemoryWall.Runs;
using MemoryWall.Runs.Archives;
using MemoryWall.Runs.Json;
using MemoryWall.Sweeps;
using MemoryWall.Sweeps.Setup;
using Spectre.Console.Cli;

namespace MemoryWall.Cli.Commands;

/// <summary><c>memwall sessions</c>: conversations of several users that grow turn by turn, on one or several systems.</summary>
internal sealed class SessionsCommand : AsyncCommand<SessionsOptions>
{
    public override async Task<int> ExecuteAsync(CommandContext context, SessionsOptions options, CancellationToken cancellationToken)
    {
        var settings = options.ToSettings() with { ServerProcessId = options.ServerPid, TrustsStoredPlan = options.Trust };
        var slo = OptionParser.ParseSlo(options.Slo);
        if (options is { Resume: not null } and ({ Label: not null } or { Note: not null }))
            throw new FormatException("--label, --note: a resumed run keeps its own; change them with memwall runs rename and runs note");
        if (options is { Trust: true, Resume: null })
            throw new FormatException("--trust is for --resume; omit it");
        if (options is { DryRun: true, Resume: null })
            return PlanDryRun.Check(options.ToSystemPlans().Select(system => system.Plan), settings);
        var measured = options.Resume is { } run
            ? await ResumeAsync(options, run, settings, cancellationToken).ConfigureAwait(false)
            : await MeasureAsync(options, settings, cancellationToken).ConfigureAwait(false);
        IReadOnlyList<RunReport> reports =
            [.. measured.Select(entry => entry.Run).OfType<Run>().Select(stored => RunReport.Create(stored, slo))];
        var sessions = reports.Count == 0 ? null : SessionReport.Create(reports, slo);
        if (options.Json)
            Console.Out.WriteLine(ToJson(measured, reports, sessions).ToJsonString(FactsJson.Indented));
        else
        {
            foreach (var report in reports)
                RunReportWriter.Write(Terminal.Out, report);
            if (sessions is not null && reports.Count > 1)
                SessionReportWriter.Write(Terminal.Out, sessions);
        }
        var code = MeasuredRun.GetExitCode(measured);
        return code == ExitCodes.Success && sessions?.HasWrongAnswers == true ? ExitCodes.TrialsFailed : code;
    }

    private static async Task<IReadOnlyList<MeasuredRun>> ResumeAsync(SessionsOptions options, string named, SweepSettings settings,
        CancellationToken cancellation)
    {
        var store = new RunStore(settings.RunsDirectory);
        var id = RunSources.FindOwn(store, named);
        var stored = store.Read(id, withMarks: false).Manifest.Plan;
        if (stored.Sessions is null)
            throw new FormatException($"--resume: run {id} has no conversations; finish it with memwall sweep --resume {id}");
        if (options.Systems.Length > 0 || options.Trace is not null || options.Cap is not null || options.DryRun)
            throw new FormatException("--resume: the run has its own plan; omit --system, --trace, --cap and --dry-run");
        if (stored.Sessions.Search is not null && options.Slo is not null)
            throw new FormatException("--slo: the run searches for its users within its own limit; omit it");
        return [await SweepRunner.ResumeAsync(id, settings, cancellation).ConfigureAwait(false)];
    }

    private static async Task<IReadOnlyList<MeasuredRun>> MeasureAsync(SessionsOptions options, SweepSettings settings,
        CancellationToken cancellation)
    {
        var systems = options.ToSystemPlans();
        if (systems is [{ Name: "", Plan: var alone }])
            return await SweepRunner.RunForEachCapAsync(alone, options, settings, cancellation).ConfigureAwait(false);
        var comparison = SystemsSweeper.NewComparison(options.ToPlan());
        var (measured, _) = await SystemsRunner.RunAsync(systems, options.WithSwapFile, settings with { Comparison = comparison },
            cancellation).ConfigureAwait(false);
        return measured;
    }

    private static JsonObject ToJson(IReadOnlyList<MeasuredRun> measured, IReadOnlyList<RunReport> reports,
        SessionReport? sessions) => new()
        {
            ["findings"] = MeasuredRun.FindingsToJson(measured),
            ["runs"] = new JsonArray([.. measured.Select(entry => (JsonNode)SweepJson.ToJson(entry.Result,
            reports.FirstOrDefault(report => report.Manifest.RunId == entry.Result.RunId)))]),
            ["sessions"] = sessions is null ? null : ReportJson.ToJson(sessions),
        };
}
