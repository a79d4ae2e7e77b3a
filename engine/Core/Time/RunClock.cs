namespace MemoryWall.Core.Time;

/// <summary>
/// The clock of a run. Requests, stream chunks and telemetry are all stamped with it, so they share one time axis.
/// Wall time is read once, at the start. Thread-safe.
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
        // If the wall clock was set back in the meantime, the resumed part must not start before the first part.
        var elapsed = now > StartedUtc ? now - StartedUtc : TimeSpan.Zero;
        _origin = timestamp - (long)(elapsed.TotalSeconds * time.TimestampFrequency);
    }

    /// <summary>Wall time (UTC) at the clock's origin.</summary>
    public DateTimeOffset StartedUtc { get; }

    /// <summary>Now, on this clock.</summary>
    public Instant Now => ToInstant(_time.GetTimestamp());

    /// <summary>Starts a clock at zero.</summary>
    /// <param name="time">The time provider; null for the system's monotonic clock.</param>
    public static RunClock Start(TimeProvider? time = null) => new(time ?? TimeProvider.System, startedUtc: null);

    /// <summary>
    /// Continues the clock of a resumed run. The wall clock gives its origin: instants of one part of the run are
    /// exact relative to each other, and across parts as accurate as the system's wall clock.
    /// </summary>
    /// <param name="startedUtc">Wall time (UTC) at the clock's origin.</param>
    /// <param name="time">The time provider; null for the system's monotonic clock.</param>
    public static RunClock Resume(DateTimeOffset startedUtc, TimeProvider? time = null) => new(time ?? TimeProvider.System, startedUtc);

    /// <summary>Converts a raw timestamp of the same time provider, for stamps taken on another thread.</summary>
    public Instant ToInstant(long timestamp) => new((long)((timestamp - _origin) * _nanosecondsPerTick));
}
