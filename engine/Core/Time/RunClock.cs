namespace MemoryWall.Core.Time;

/// <summary>
/// The one clock of a run. Prompts, stream chunks and telemetry are all stamped by it, so they can be laid on one axis.
/// Wall time is read once, at the start. Safe for use from many threads.
/// </summary>
internal sealed class RunClock
{
    private readonly TimeProvider _time;
    private readonly long _origin;
    private readonly double _nanosecondsPerTick;

    private RunClock(TimeProvider time, DateTimeOffset? startedUtc)
    {
        _time = time;
        _nanosecondsPerTick = 1e9 / time.TimestampFrequency;
        var now = time.GetUtcNow();
        var timestamp = time.GetTimestamp();
        StartedUtc = startedUtc ?? now;
        // Wall time that was set back since must not make the new stretch begin before the old one.
        var elapsed = now > StartedUtc ? now - StartedUtc : TimeSpan.Zero;
        _origin = timestamp - (long)(elapsed.TotalSeconds * time.TimestampFrequency);
    }

    /// <summary>Wall time (UTC) at the clock's origin.</summary>
    public DateTimeOffset StartedUtc { get; }

    /// <summary>Now, on this clock.</summary>
    public Instant Now => ToInstant(_time.GetTimestamp());

    /// <summary>Starts a clock at zero.</summary>
    /// <param name="time">Where time comes from; null for the system's monotonic clock.</param>
    public static RunClock Start(TimeProvider? time = null) => new(time ?? TimeProvider.System, startedUtc: null);

    /// <summary>
    /// Takes up the clock of a run that is resumed. Its origin stays where it was, found again by wall time: instants of one stretch are
    /// exact among themselves, and across stretches as good as the system's wall clock.
    /// </summary>
    /// <param name="startedUtc">Wall time (UTC) at the clock's origin.</param>
    /// <param name="time">Where time comes from; null for the system's monotonic clock.</param>
    public static RunClock Resume(DateTimeOffset startedUtc, TimeProvider? time = null) => new(time ?? TimeProvider.System, startedUtc);

    /// <summary>The point of a raw timestamp of the same time provider, for stamps taken on another thread.</summary>
    public Instant ToInstant(long timestamp) => new((long)((timestamp - _origin) * _nanosecondsPerTick));
}
