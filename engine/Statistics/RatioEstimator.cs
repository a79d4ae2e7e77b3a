using MathNet.Numerics.Distributions;

namespace MemoryWall.Statistics;

/// <summary>
/// The ratio of two quantities as the ratio of geometric means. Both are above 0 and their noise multiplies, so the interval is Student's
/// on logarithms: of each pair's ratio, or of both samples after Welch, "The generalization of Student's problem when several different
/// population variances are involved", Biometrika 34 (1947), doi:10.1093/biomet/34.1-2.28; both of <see cref="TrimmedMean"/>. A rank
/// interval of five pairs reaches 93.75% at most, so it cannot show anything at 95%. Heavy tails make the interval wider than needed, not
/// narrower.
/// </summary>
internal static class RatioEstimator
{
    /// <summary>b/a over pairs: changes that affect both values of a pair cancel out. With fewer than 5 pairs the range of the pairs'
    /// ratios.</summary>
    /// <param name="a">Values above 0, one or more.</param>
    /// <param name="b">Their partners, in the same order.</param>
    /// <param name="level">The confidence level.</param>
    public static Estimate EstimatePaired(IReadOnlyList<double> a, IReadOnlyList<double> b, double level)
    {
        double[] logarithms = [.. a.Zip(b, (first, second) => Math.Log(second) - Math.Log(first))];
        if (logarithms.Length == 1)
            return Estimate.FromSingleValue(Math.Exp(logarithms[0]));
        var center = TrimmedMean.Compute(logarithms);
        if (logarithms.Length < Bootstrap.MinSampleSize)
            return Estimate.FromRange(Math.Exp(center.Mean), Math.Exp(logarithms.Min()), Math.Exp(logarithms.Max()), logarithms.Length);
        var half = StudentQuantile(center.DegreesOfFreedom, level) * Math.Sqrt(center.Variance);
        return Exponentiate(center.Mean, half, level, logarithms.Length);
    }

    /// <summary>b/a of unpaired samples; with fewer than 5 values on a side the range of all ratios.</summary>
    /// <param name="a">Values above 0, one or more.</param>
    /// <param name="b">Values above 0, one or more.</param>
    /// <param name="level">The confidence level.</param>
    public static Estimate EstimateUnpaired(IReadOnlyList<double> a, IReadOnlyList<double> b, double level)
    {
        var (fewest, count) = (Math.Min(a.Count, b.Count), a.Count + b.Count);
        if (fewest == 1)
            return Estimate.FromSingleValue(Math.Exp(b.Average(value => Math.Log(value)) - a.Average(value => Math.Log(value))))
                with
            { Count = count };
        var first = TrimmedMean.Compute([.. a.Select(value => Math.Log(value))]);
        var second = TrimmedMean.Compute([.. b.Select(value => Math.Log(value))]);
        var difference = second.Mean - first.Mean;
        if (fewest < Bootstrap.MinSampleSize)
            return Estimate.FromRange(Math.Exp(difference), b.Min() / a.Max(), b.Max() / a.Min(), count);
        var variance = first.Variance + second.Variance;
        var half = variance == 0 ? 0 : StudentQuantile(ComputeFreedom(first, second), level) * Math.Sqrt(variance);
        return Exponentiate(difference, half, level, count);
    }

    // Welch and Satterthwaite.
    private static double ComputeFreedom(TrimmedMean first, TrimmedMean second)
    {
        var variance = first.Variance + second.Variance;
        return variance * variance
            / (first.Variance * first.Variance / first.DegreesOfFreedom + second.Variance * second.Variance / second.DegreesOfFreedom);
    }

    // Values of a damaged file may be any; an interval that overflows is none.
    private static Estimate Exponentiate(double middle, double half, double level, int count)
    {
        var interval = new Interval(Math.Exp(middle - half), Math.Exp(middle + half));
        return double.IsFinite(interval.High)
            ? Estimate.FromConfidenceInterval(Math.Exp(middle), interval, level, count)
            : new Estimate(Math.Exp(middle), null, IntervalKind.None, null, count);
    }

    private static double StudentQuantile(double freedom, double level) => -StudentT.InvCDF(0, 1, freedom, (1 - level) / 2);
}
