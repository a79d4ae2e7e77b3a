using MemoryWall.Analysis.Reports;
using MemoryWall.Analysis.Review;
using MemoryWall.Core;
using MemoryWall.Core.Trials;

namespace MemoryWall.Analysis.Machines;

/// <summary>A run as far as it says something of its machine: the trials of a single stream, and the wall.</summary>
/// <param name="Manifest">The run.</param>
/// <param name="Trials">Its trials of a single stream in the order run, warm-ups excluded.</param>
/// <param name="Wall">Where its memory runs out.</param>
internal sealed record MachineRun(RunManifest Manifest, IReadOnlyList<MachineTrial> Trials, MachineWall Wall)
{
    /// <summary>Whether the run was read from its own files, which have telemetry; the trials of a lake have no energy.</summary>
    public bool HasTelemetry { get; init; }

    /// <summary>Whether the run is a sample that comes with the project.</summary>
    public bool IsSample { get; init; }

    /// <summary>A run by its report.</summary>
    public static MachineRun FromReport(RunReport report)
    {
        ArgumentNullException.ThrowIfNull(report);
        var generation = report.Phases.Where(phase => phase.Phase == Phase.Generation).GroupBy(phase => phase.Trial)
            .ToDictionary(same => same.Key, same => same.Last());
        var trials = report.Contexts.Where(context => context.Concurrency == 1)
            .SelectMany(context => FromContext(report, context, generation)).OrderBy(entry => entry.Number);
        return new MachineRun(report.Manifest, [.. trials.Select(entry => entry.Trial)], MachineWall.FromVerdict(report.WallVerdict))
        {
            HasTelemetry = report.Run.Telemetry.Count > 0,
            IsSample = report.Run.IsSample,
        };
    }

    private static IEnumerable<(int Number, MachineTrial Trial)> FromContext(RunReport report, ContextSummary context,
        Dictionary<int, TrialPhase> generation)
    {
        var leftOut = context.Excluded.Select(excluded => excluded.Trial).ToHashSet();
        foreach (var number in context.Trials)
        {
            var view = report.TrialsByNumber[number];
            var phase = generation.GetValueOrDefault(number);
            var trial = new MachineTrial
            {
                Level = context.Level,
                ContextTokens = context.ContextTokens,
                Outcome = view.Trial.Outcome.Kind,
                IsDisturbed = context.TrialsWithInterference.Contains(number),
                At = report.Manifest.WallTicksOf(view.Trial.Client.Sent),
            };
            yield return (number, leftOut.Contains(number) ? trial : trial with
            {
                GenerationTps = view.GenerationRate?.PerSecond,
                TtftSeconds = view.Has<Buffered>() ? null : view.Ttft?.TotalSeconds,
                JoulesPerToken = phase?.NetJoulesPerToken,
                Mbu = phase?.Mbu,
            });
        }
    }
}
