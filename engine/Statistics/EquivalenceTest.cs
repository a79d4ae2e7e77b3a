namespace MemoryWall.Statistics;

/// <summary>What a ratio with its intervals allows to be said.</summary>
public enum RatioVerdict
{
    /// <summary>Too few values for an interval: nothing is said.</summary>
    TooFew,

    /// <summary>The interval holds 1: no difference is shown, and none is excluded either.</summary>
    NoDifferenceShown,

    /// <summary>Below 1.</summary>
    Lower,

    /// <summary>Above 1.</summary>
    Higher,

    /// <summary>The two are the same within the margin, and the data are enough to say so.</summary>
    Equivalent,
}

/// <summary>
/// Sameness within a margin by two one-sided tests at 5%: shown where the 90% interval lies inside the margin (Schuirmann, "A comparison of
/// the two one-sided tests procedure and the power approach", Journal of Pharmacokinetics and Biopharmaceutics 15 (1987),
/// doi:10.1007/BF01068419).
/// </summary>
internal static class EquivalenceTest
{
    /// <summary>The level of the interval that has to lie inside the margin.</summary>
    public const double IntervalLevel = 0.90;

    /// <summary>The verdict.</summary>
    /// <param name="difference">The ratio at the level for a difference (0.95).</param>
    /// <param name="equivalence">The ratio at <see cref="IntervalLevel"/>.</param>
    /// <param name="margin">How far from 1 is the same, above 0: 0.02 for 1/1.02 to 1.02; null to ask for a difference only.</param>
    public static RatioVerdict Classify(Estimate difference, Estimate equivalence, double? margin)
    {
        if (margin is { } m && equivalence is { Kind: IntervalKind.Confidence, Interval: { } narrow } && narrow.Low > 1 / (1 + m)
            && narrow.High < 1 + m)
            return RatioVerdict.Equivalent;
        return difference switch
        {
            { Kind: IntervalKind.None } or { Interval: null } => RatioVerdict.TooFew,
            { Interval: { } wide } when wide.Contains(1) => RatioVerdict.NoDifferenceShown,
            // Every value of one side against every value of the other is no interval, but where they do not even overlap there is nothing
            // to show.
            { Kind: IntervalKind.Range } => RatioVerdict.TooFew,
            { Value: < 1 } => RatioVerdict.Lower,
            _ => RatioVerdict.Higher,
        };
    }
}
