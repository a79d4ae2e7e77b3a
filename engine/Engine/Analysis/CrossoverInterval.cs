using MemoryWall.Statistics;

namespace MemoryWall.Analysis;

/// <summary>How sure a crossover is: what it would have been with other repetitions of the same trials.</summary>
internal static class CrossoverInterval
{
    private const double Level = 0.95;

    // Where more resamples than this have no single crossing, the ends of the interval are not among those that have.
    private const double MostWithout = 0.025;

    /// <summary>The interval of a crossing that was found; null where the repetitions do not bound it.</summary>
    /// <param name="tokens">The crossing of the medians.</param>
    /// <param name="contexts">Contexts with both phases measured, smallest first.</param>
    public static Estimate? Of(double tokens, IReadOnlyList<ContextSummary> contexts)
    {
        double[] at = [.. contexts.Select(context => (double)context.ContextTokens)];
        List<IReadOnlyList<double>> groups = [.. contexts.SelectMany(context => new[] { context.PrefillSeconds!.Values, context.GenerationSeconds!.Values })];
        var fewest = groups.Min(group => group.Count);
        // One context measured once can lie anywhere: the others bound nothing.
        if (fewest == 1)
            return Estimate.Alone(tokens);
        if (fewest < Bootstrap.FewestValues)
        {
            var earliest = Crossing(at, i => Math.Log(groups[2 * i].Max() / groups[2 * i + 1].Min()));
            var latest = Crossing(at, i => Math.Log(groups[2 * i].Min() / groups[2 * i + 1].Max()));
            return earliest is null || latest is null ? null : Estimate.OfRange(tokens, Math.Min(tokens, earliest.Value), Math.Max(tokens, latest.Value), fewest);
        }
        const int replicates = 2000;
        var found = Bootstrap.Distribution(groups, resampled => Crossing(at, i => Math.Log(Bootstrap.MiddleOf(resampled[2 * i]) / Bootstrap.MiddleOf(resampled[2 * i + 1]))), replicates);
        return found.Length < (1 - MostWithout) * replicates ? null : Estimate.OfConfidence(tokens, Bootstrap.Percentile(found, Level, fewest), Level, fewest);
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

    // The one place where the ratio changes sign; null where there is none or more than one.
    private static double? Crossing(double[] at, Func<int, double> logRatio)
    {
        double? found = null;
        var before = logRatio(0);
        if (before == 0)
            found = at[0];
        for (var i = 1; i < at.Length; i++)
        {
            var here = logRatio(i);
            if (before * here < 0 || here == 0 && before != 0)
            {
                if (found is not null)
                    return null;
                found = Between(at[i - 1], before, at[i], here);
            }
            before = here;
        }
        return found;
    }
}
