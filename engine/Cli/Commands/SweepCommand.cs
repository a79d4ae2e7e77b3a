using System.Text.Json.Nodes;
using MemoryWall.Analysis.Reports;
using MemoryWall.Cli.Execution;
using MemoryWall.Cli.Host;
using MemoryWall.Cli.Options;
using MemoryWall.Cli.Views;
using MemoryWall.Core;
using MemoryWall.Runs;
using MemoryWall.Runs.Archives;
using MemoryWall.Runs.Json;
using Spectre.Console.Cli;

namespace MemoryWall.Cli.Commands;

/// <summary><c>memwall sweep</c>: trials over contexts, stored as a run.</summary>
internal sealed class SweepCommand : AsyncCommand<SweepOptions>
{
    public override async Task<int> ExecuteAsync(CommandContext context, SweepOptions options, CancellationToken cancellationToken)
    {
        var settings = options.ToSettings() with
        {
            ServerProcessId = options.ServerPid,
            TrustsStoredPlan = options.Trust,
        };
        var slo = OptionParser.ParseSlo(options.Slo);
        if (options is { Resume: not null } and ({ Label: not null } or { Note: not null }))
            throw new FormatException("--label, --note: a resumed run keeps its own; change them with memwall runs rename and runs note");
        if (options is { Trust: true, Resume: null })
            throw new FormatException("--trust is for --resume; omit it");
        var store = new RunStore(settings.RunsDirectory);
        var resumed = options.Resume is { } named ? RunSources.FindOwn(store, named) : null;
        if (resumed is not null
            && options.FindConflicts(store.Read(resumed, withMarks: false).Manifest.Plan) is [_, ..] others)
            throw new FormatException(
                $"--resume: the stored plan has other values for {string.Join(", ", others)}; omit these options, or start a new run");
        if (options.DryRun)
            return PlanDryRun.Check(options.ToCaps().Select(cap => options.ToPlan() with { Cap = cap }), settings);
        var measured = resumed is { } id
            ? [await SweepRunner.ResumeAsync(id, settings, cancellationToken).ConfigureAwait(false)]
            : await SweepRunner.RunForEachCapAsync(options.ToPlan(), options, settings, cancellationToken).ConfigureAwait(false);
        if (options.Json)
            Console.Out.WriteLine(ToJson(measured, slo).ToJsonString(FactsJson.Indented));
        else
            foreach (var run in measured.Select(entry => entry.Run).OfType<Run>())
                RunReportWriter.Write(Terminal.Out, RunReport.Create(run, slo));
        return MeasuredRun.GetExitCode(measured);
    }

    // One run is one object; several caps are an object with a list of runs.
    private static JsonObject ToJson(IReadOnlyList<MeasuredRun> measured, MemoryWall.Analysis.Slo? slo) => measured.Count == 1
        ? SweepJson.ToJson(measured[0].Result, CreateReport(measured[0], slo))
        : new JsonObject
        { ["runs"] = new JsonArray([.. measured.Select(entry => (JsonNode)SweepJson.ToJson(entry.Result, CreateReport(entry, slo)))]) };

    private static RunReport? CreateReport(MeasuredRun measured, MemoryWall.Analysis.Slo? slo) =>
        measured.Run is { } run ? RunReport.Create(run, slo) : null;
}
