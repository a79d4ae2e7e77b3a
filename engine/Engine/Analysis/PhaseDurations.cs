using MemoryWall.Facts;

namespace MemoryWall.Analysis;

/// <summary>Which clock a duration is from.</summary>
public enum ClockSource
{
    /// <summary>Around the inference library's own calls: nothing else is in it.</summary>
    Native,

    /// <summary>Reported by the target.</summary>
    Server,

    /// <summary>Seen by the client: network and server overhead are in it.</summary>
    Client,
}

/// <summary>How long a phase took, by the closest clock that saw it.</summary>
/// <param name="Time">The duration, above zero.</param>
/// <param name="Source">The clock.</param>
public sealed record PhaseDuration(TimeSpan Time, ClockSource Source)
{
    /// <summary>Prefill: native, else reported, else TTFT less the time in the queue where the target tells it. Null where none was measured.</summary>
    public static PhaseDuration? Prefill(Trial trial) =>
        Of(trial.Native.Prefill, ClockSource.Native)
        ?? Of(trial.Server.Prefill, ClockSource.Server)
        ?? Of(FirstToken(trial) - (trial.Server.Queue ?? TimeSpan.Zero), ClockSource.Client);

    /// <summary>
    /// Generation: native, else reported, else from the first content to the last. It covers one step less than the tokens: the first
    /// comes out of prefill. Null where none was measured.
    /// </summary>
    public static PhaseDuration? Generation(Trial trial) =>
        Of(trial.Native.Generation, ClockSource.Native)
        ?? Of(trial.Server.Generation, ClockSource.Server)
        ?? Of(trial.Client.LastTokenAfter - FirstToken(trial), ClockSource.Client);

    private static TimeSpan? FirstToken(Trial trial) => Earliest(trial.Client.FirstTokenAfter, trial.Client.FirstReasoningAfter);

    private static TimeSpan? Earliest(TimeSpan? one, TimeSpan? other) => one is null || other < one ? other ?? one : one;

    private static PhaseDuration? Of(TimeSpan? time, ClockSource source) => time > TimeSpan.Zero ? new PhaseDuration(time.Value, source) : null;
}
