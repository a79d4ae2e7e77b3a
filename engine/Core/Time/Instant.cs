namespace MemoryWall.Core.Time;

/// <summary>A point on a run's clock.</summary>
/// <param name="Nanoseconds">Nanoseconds since the run's clock was started; monotonic, unaffected by changes of wall time.</param>
public readonly record struct Instant(long Nanoseconds) : IComparable<Instant>
{
    /// <summary>Seconds since the run's clock was started, to the nanosecond.</summary>
    public double Seconds => Nanoseconds / 1e9;

    /// <summary>The instant that lies this many seconds after the run's clock was started.</summary>
    public static Instant FromSeconds(double seconds) => new((long)Math.Round(seconds * 1e9));

    /// <summary>Time from <paramref name="earlier"/> to this point; negative where this point is the earlier one.</summary>
    public TimeSpan Since(Instant earlier) => TimeSpan.FromTicks((Nanoseconds - earlier.Nanoseconds) / TimeSpan.NanosecondsPerTick);

    /// <summary>The point that lies <paramref name="duration"/> after this one.</summary>
    public Instant Plus(TimeSpan duration) => new(Nanoseconds + duration.Ticks * TimeSpan.NanosecondsPerTick);

    /// <summary>Orders by time.</summary>
    public int CompareTo(Instant other) => Nanoseconds.CompareTo(other.Nanoseconds);
}
