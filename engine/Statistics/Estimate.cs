namespace MemoryWall.Statistics;

/// <summary>The kind of an estimate's interval.</summary>
public enum IntervalKind
{
    /// <summary>No interval: a single value has no spread.</summary>
    None,

    /// <summary>From the smallest to the largest value: the sample is too small for a confidence interval.</summary>
    Range,

    /// <summary>A confidence interval.</summary>
    Confidence,
}

/// <summary>A number with its uncertainty.</summary>
/// <param name="Value">The estimate.</param>
/// <param name="Interval">Its interval; absent where <see cref="Kind"/> is <see cref="IntervalKind.None"/>.</param>
/// <param name="Kind">The kind of the interval.</param>
/// <param name="Level">The confidence level, for example 0.95; absent unless <see cref="Kind"/> is
/// <see cref="IntervalKind.Confidence"/>.</param>
/// <param name="Count">The number of values that it rests on.</param>
public sealed record Estimate(double Value, Interval? Interval, IntervalKind Kind, double? Level, int Count)
{
    /// <summary>Half the interval's width as a share of the estimate; absent where there is no interval or the estimate is 0.</summary>
    public double? RelativeHalfWidth =>
        Interval is { } interval && Value != 0 ? (interval.High - interval.Low) / 2 / Math.Abs(Value) : null;

    internal static Estimate FromSingleValue(double value) => new(value, null, IntervalKind.None, null, 1);

    internal static Estimate FromRange(double value, double low, double high, int count) =>
        new(value, new Interval(low, high), IntervalKind.Range, null, count);

    internal static Estimate FromConfidenceInterval(double value, Interval interval, double level, int count) =>
        new(value, interval, IntervalKind.Confidence, level, count);
}
