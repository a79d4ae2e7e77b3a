using MemoryWall.Statistics;

namespace MemoryWall.Analysis;

/// <summary>How sure a crossover is: what it would have been with other repetitions of the same trials.</summary>
internal static class CrossoverInterval
{
    private const double Level = 0.95;

    private const int Replicates = 2000;

    // Where more resamples than this give no rising line, the ends of the interval are not among those that do.
    private const double MostWithout = 0.025;

    /// <summary>
    /// The interval of a crossing that was found between two contexts, from the line through the two; null where the repetitions do not bound it within the contexts measured.
    /// </summary>
    /// <param name="tokens">The crossing of the medians.</param>
    /// <param name="low">The context below it.</param>
    /// <param name="high">The context above it.</param>
    /// <param name="measured">From the smallest to the largest context with both phases measured.</param>
    public static Estimate? Of(double tokens, ContextSummary low, ContextSummary high, Interval measured)
    {
        IReadOnlyList<double>[] groups = [low.PrefillSeconds!.Independent, low.GenerationSeconds!.Independent, high.PrefillSeconds!.Independent, high.GenerationSeconds!.Independent];
        var fewest = groups.Min(group => group.Count);
        // One context measured once can lie anywhere, and so the other bounds nothing; a crossing on a context itself has no second one to draw the line to.
        if (fewest == 1 || low == high)
            return Estimate.Alone(tokens);
        double? Line(Func<int, double> prefill, Func<int, double> generation) =>
            Math.Log(prefill(0) / generation(1)) is var below && Math.Log(prefill(2) / generation(3)) is var above && above > below ? Between(low.ContextTokens, below, high.ContextTokens, above) : null;
        Estimate? estimate;
        if (fewest < Bootstrap.FewestValues)
        {
            var earliest = Line(i => groups[i].Max(), i => groups[i].Min());
            var latest = Line(i => groups[i].Min(), i => groups[i].Max());
            estimate = earliest is null || latest is null ? null : Estimate.OfRange(tokens, Math.Min(tokens, earliest.Value), Math.Max(tokens, latest.Value), fewest);
        }
        else
        {
            var found = Bootstrap.Distribution(groups, resampled => Line(i => Bootstrap.MiddleOf(resampled[i]), i => Bootstrap.MiddleOf(resampled[i])), Replicates);
            estimate = found.Length < (1 - MostWithout) * Replicates ? null : Estimate.OfConfidence(tokens, Bootstrap.Percentile(found, Level, fewest), Level, fewest);
        }
        return estimate is { Interval: { } interval } && interval.Low >= measured.Low && interval.High <= measured.High ? estimate : null;
    }

    /// <summary>In words, to stand behind the crossover.</summary>
    public static string Say(Estimate? estimate) => estimate switch
    {
        null => "; the repetitions do not bound it within the contexts measured",
        { Kind: IntervalKind.Confidence, Interval: { } interval } => $"; 95% interval {Words.About(interval.Low)} to {Words.About(interval.High)}",
        { Kind: IntervalKind.Range, Interval: { } interval } => $"; the repetitions allow {Words.About(interval.Low)} to {Words.About(interval.High)}",
        _ => "",
    };

    /// <summary>Where a line in the logarithms of context and of the ratio passes through 0.</summary>
    public static double Between(double low, double lowRatio, double high, double highRatio) => low * Math.Pow(high / low, -lowRatio / (highRatio - lowRatio));
}
