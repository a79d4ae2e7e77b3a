using MemoryWall.Core;
using MemoryWall.Core.Telemetry;
using MemoryWall.Core.Time;
using MemoryWall.Core.Trials;

namespace MemoryWall.Analysis.Telemetry;

/// <summary>One trial over time, on the run's clock.</summary>
/// <param name="Origin">When its request was sent; otherwise when its first phase began.</param>
/// <param name="Phases">Its phases, in order.</param>
/// <param name="Marks">The stamped chunks of its stream; none where they were not read.</param>
/// <param name="Machine">The machine's readings during the trial; null where there are fewer than two.</param>
internal sealed record TrialTimeline(
    Instant Origin, IReadOnlyList<PhaseWindow> Phases, IReadOnlyList<StreamMark> Marks, TelemetryTimeline? Machine)
{
    // Readings after a completed trial belong to the next one. After a failure, the following moment shows what happened.
    private static readonly TimeSpan s_lookBack = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_lookAhead = TimeSpan.FromSeconds(0.5);

    /// <summary>The timeline of a trial.</summary>
    public static TrialTimeline Create(Run run, Trial trial)
    {
        var phases = PhaseWindow.FromTrial(trial);
        return new TrialTimeline(trial.Client.Sent ?? (phases.Count > 0 ? phases[0].From : default), phases,
            run.Marks.GetValueOrDefault(trial.Number) ?? [],
            FindReadings(run, phases, trial.Outcome.IsCompleted ? TimeSpan.Zero : s_lookAhead));
    }

    private static TelemetryTimeline? FindReadings(Run run, IReadOnlyList<PhaseWindow> phases, TimeSpan after)
    {
        if (phases.Count == 0)
            return null;
        var (from, to) = (phases[0].From.Plus(-s_lookBack), phases[^1].To.Plus(after));
        bool IsInside(TelemetrySample sample) => sample.At.CompareTo(from) >= 0 && sample.At.CompareTo(to) <= 0;
        return run.Telemetry.Select(timeline => timeline with { Samples = [.. timeline.Samples.Where(IsInside)] })
            .Where(timeline => timeline.Samples.Count > 1).MaxBy(timeline => timeline.Samples.Count);
    }
}
