namespace MemoryWall.Statistics;

/// <summary>
/// Equivalence within a margin by two one-sided tests at 5%: shown where the 90% interval is inside the margin (Schuirmann, "A comparison
/// of the two one-sided tests procedure and the power approach", Journal of Pharmacokinetics and Biopharmaceutics 15 (1987),
/// doi:10.1007/BF01068419).
/// </summary>
internal static class EquivalenceTest
{
    /// <summary>The level of the interval that must be inside the margin.</summary>
    public const double IntervalLevel = 0.90;

    /// <summary>Whether the data show that a ratio is 1 within a margin.</summary>
    /// <param name="ratio">The ratio with its interval at <see cref="IntervalLevel"/>.</param>
    /// <param name="margin">How far from 1 counts as equal, above 0: 0.02 for 1/1.02 to 1.02.</param>
    public static bool IsShown(Estimate ratio, double margin) =>
        ratio is { Kind: IntervalKind.Confidence, Interval: { } interval } && interval.Low > 1 / (1 + margin) && interval.High < 1 + margin;
}
