namespace MemoryWall.Statistics;

/// <summary>The conclusion from a ratio and its intervals.</summary>
public enum RatioVerdict
{
    /// <summary>Too few values for an interval: no conclusion.</summary>
    TooFew,

    /// <summary>The interval contains 1: no difference is shown, and none is excluded.</summary>
    NoDifferenceShown,

    /// <summary>Below 1.</summary>
    Lower,

    /// <summary>Above 1.</summary>
    Higher,

    /// <summary>The two are equal within the margin, and the data suffice to show it.</summary>
    Equivalent,
}

/// <summary>
/// Equivalence within a margin by two one-sided tests at 5%: shown where the 90% interval is inside the margin (Schuirmann, "A comparison
/// of the two one-sided tests procedure and the power approach", Journal of Pharmacokinetics and Biopharmaceutics 15 (1987),
/// doi:10.1007/BF01068419).
/// </summary>
internal static class EquivalenceTest
{
    /// <summary>The level of the interval that must be inside the margin.</summary>
    public const double IntervalLevel = 0.90;

    /// <summary>The verdict.</summary>
    /// <param name="difference">The ratio at the level for a difference (0.95).</param>
    /// <param name="equivalence">The ratio at <see cref="IntervalLevel"/>.</param>
    /// <param name="margin">How far from 1 counts as equal, above 0: 0.02 for 1/1.02 to 1.02; null to test for a difference only.</param>
    public static RatioVerdict Classify(Estimate difference, Estimate equivalence, double? margin)
    {
        if (margin is { } m && equivalence is { Kind: IntervalKind.Confidence, Interval: { } narrow } && narrow.Low > 1 / (1 + m)
            && narrow.High < 1 + m)
            return RatioVerdict.Equivalent;
        return difference switch
        {
            { Kind: IntervalKind.None } or { Interval: null } => RatioVerdict.TooFew,
            { Interval: { } wide } when wide.Contains(1) => RatioVerdict.NoDifferenceShown,
            // The range of all ratios is no interval, so without an overlap there is no conclusion.
            { Kind: IntervalKind.Range } => RatioVerdict.TooFew,
            { Value: < 1 } => RatioVerdict.Lower,
            _ => RatioVerdict.Higher,
        };
    }
}
