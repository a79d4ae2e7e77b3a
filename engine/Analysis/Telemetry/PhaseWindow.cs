using MemoryWall.Core.Time;
using MemoryWall.Core.Trials;

namespace MemoryWall.Analysis.Telemetry;

/// <summary>When a phase of a trial ran, on the run's clock.</summary>
/// <param name="Phase">The phase.</param>
/// <param name="From">Its beginning.</param>
/// <param name="To">Its end.</param>
/// <param name="IsComplete">Whether the phase ended by itself; false where the trial ended during it.</param>
internal sealed record PhaseWindow(Phase Phase, Instant From, Instant To, bool IsComplete)
{
    /// <summary>How long it took.</summary>
    public TimeSpan Length => To.Since(From);

    /// <summary>
    /// The phases of a trial that took time, in order. The times are those of the client's clock: prefill ends when the first content or
    /// reasoning arrives, and begins after the queue where the target reports how long that was.
    /// </summary>
    public static IReadOnlyList<PhaseWindow> FromTrial(Trial trial)
    {
        var windows = new List<PhaseWindow>();
        var client = trial.Client;
        if (client.LoadStarted is { } loading && client.Load is { } load)
            Add(windows, Phase.Load, loading, loading.Plus(load), isComplete: true);
        if (client.Sent is not { } sent)
            return windows;
        var queue = trial.Server.Queue ?? TimeSpan.Zero;
        Add(windows, Phase.Queue, sent, sent.Plus(queue), isComplete: true);
        var begun = sent.Plus(queue);
        if (Earliest(client.TimeToFirstToken, client.TimeToFirstReasoning) is not { } first)
        {
            if (client.TimeToEnd is { } ended)
                Add(windows, Phase.Prefill, begun, sent.Plus(ended), isComplete: false);
            return windows;
        }
        Add(windows, Phase.Prefill, begun, sent.Plus(first), isComplete: true);
        if ((trial.Outcome.IsCompleted ? client.TimeToLastToken : client.TimeToEnd ?? client.TimeToLastToken) is { } last)
            Add(windows, Phase.Generation, sent.Plus(first), sent.Plus(last), trial.Outcome.IsCompleted);
        return windows;
    }

    private static void Add(List<PhaseWindow> windows, Phase phase, Instant from, Instant to, bool isComplete)
    {
        if (to.Nanoseconds > from.Nanoseconds)
            windows.Add(new PhaseWindow(phase, from, to, isComplete));
    }

    private static TimeSpan? Earliest(TimeSpan? one, TimeSpan? other) => one is null || other < one ? other ?? one : one;
}
