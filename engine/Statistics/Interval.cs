namespace MemoryWall.Statistics;

/// <summary>A range of values, both ends included.</summary>
/// <param name="Low">The lower end.</param>
/// <param name="High">The upper end, no less than the lower.</param>
public readonly record struct Interval(double Low, double High)
{
    /// <summary>Whether it contains a value.</summary>
    public bool Contains(double value) => value >= Low && value <= High;
}
