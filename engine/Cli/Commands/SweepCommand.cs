using System.Text.Json.Nodes;
using MemoryWall.Cli.Views;
using MemoryWall.Core;
using MemoryWall.Runs;
using Spectre.Console.Cli;

namespace MemoryWall.Cli.Commands;

/// <summary><c>memwall sweep</c>: the main job.</summary>
internal sealed class SweepCommand : AsyncCommand<SweepOptions>
{
    public override async Task<int> ExecuteAsync(CommandContext context, SweepOptions options, CancellationToken cancellationToken)
    {
        var settings = options.ToSettings() with { ServerProcessId = options.ServerPid };
        var slo = OptionParser.ParseSlo(options.Slo);
        if (options.Resume is { } stored
            && options.FindConflicts(new RunStore(settings.RunsDirectory).Read(stored, withMarks: false).Manifest.Plan) is [_, ..] others)
            throw new FormatException(
                $"--resume: a run is finished by its own plan, which says otherwise of: {string.Join(", ", others)}; leave that out, or begin a new run");
        var measured = options.Resume is { } id
            ? [await MeasurementRunner.ResumeAsync(id, settings, cancellationToken).ConfigureAwait(false)]
            : await MeasurementRunner.RunForEachCapAsync(options.ToPlan(), options, settings, cancellationToken).ConfigureAwait(false);
        if (options.Json)
            Console.Out.WriteLine(ToJson(measured, slo).ToJsonString(FactsJson.Indented));
        else
            foreach (var run in measured.Select(entry => entry.Run).OfType<Run>())
                RunReportWriter.Write(Terminal.Out, run, slo);
        return MeasurementRunner.GetExitCode(measured);
    }

    // One run is one object; a list of caps is an object of runs.
    private static JsonObject ToJson(IReadOnlyList<MeasuredRun> measured, MemoryWall.Analysis.Slo? slo) => measured.Count == 1
        ? SweepJson.ToJson(measured[0].Result, measured[0].Run, slo)
        : new JsonObject
        { ["runs"] = new JsonArray([.. measured.Select(entry => (JsonNode)SweepJson.ToJson(entry.Result, entry.Run, slo))]) };
}
