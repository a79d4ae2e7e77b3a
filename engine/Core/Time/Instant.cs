namespace MemoryWall.Core.Time;

/// <summary>A point on a run's clock.</summary>
/// <param name="Nanoseconds">Nanoseconds since the start of the run's clock; monotonic, independent of changes of the wall clock.</param>
public readonly record struct Instant(long Nanoseconds) : IComparable<Instant>
{
    /// <summary>Seconds since the start of the run's clock, exact to the nanosecond.</summary>
    public double Seconds => Nanoseconds / 1e9;

    /// <summary>The instant this many seconds after the start of the run's clock.</summary>
    public static Instant FromSeconds(double seconds) => new((long)Math.Round(seconds * 1e9));

    /// <summary>Time from <paramref name="earlier"/> to this point; negative where this point is earlier.</summary>
    public TimeSpan Since(Instant earlier) => TimeSpan.FromTicks((Nanoseconds - earlier.Nanoseconds) / TimeSpan.NanosecondsPerTick);

    /// <summary>The point <paramref name="duration"/> after this one.</summary>
    public Instant Plus(TimeSpan duration) => new(Nanoseconds + duration.Ticks * TimeSpan.NanosecondsPerTick);

    /// <summary>Orders by time.</summary>
    public int CompareTo(Instant other) => Nanoseconds.CompareTo(other.Nanoseconds);
}
