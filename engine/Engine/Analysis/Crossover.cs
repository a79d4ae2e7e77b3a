namespace MemoryWall.Analysis;

/// <summary>The context at which prefill takes as long as generating the answer.</summary>
/// <param name="ContextTokens">The context; null where it lies outside what was measured.</param>
/// <param name="Below">The smallest measured context, where prefill takes longer there already; else null.</param>
/// <param name="Above">The largest measured context, where generation takes longer there still; else null.</param>
/// <param name="Trials">Numbers of the trials that it rests on.</param>
public sealed record Crossover(double? ContextTokens, int? Below, int? Above, IReadOnlyList<int> Trials)
{
    /// <summary>
    /// Finds it between the two neighbouring contexts where the ratio of the phases' times passes 1, as a straight line in the logarithms
    /// of context and ratio. Outside the measured contexts nothing is claimed but the side. Null where nothing was measured.
    /// </summary>
    public static Crossover? Of(IReadOnlyList<ContextSummary> contexts)
    {
        var points = contexts.Where(context => context.PrefillToGeneration is not null).ToList();
        if (points.Count == 0)
            return null;
        var (first, last) = (points[0], points[^1]);
        if (first.PrefillToGeneration > 1)
            return new Crossover(null, Below: first.ContextTokens, null, Numbers(first));
        for (var i = 1; i < points.Count; i++)
            if (points[i].PrefillToGeneration >= 1)
                return new Crossover(Between(points[i - 1], points[i]), null, null, Numbers(points[i - 1], points[i]));
        return first.PrefillToGeneration == 1
            ? new Crossover(first.ContextTokens, null, null, Numbers(first))
            : new Crossover(null, null, Above: last.ContextTokens, Numbers(last));
    }

    private static double Between(ContextSummary lower, ContextSummary upper)
    {
        var (low, high) = (Math.Log(lower.PrefillToGeneration!.Value), Math.Log(upper.PrefillToGeneration!.Value));
        var share = high == low ? 0 : -low / (high - low);
        return Math.Exp(Math.Log(lower.ContextTokens) + share * (Math.Log(upper.ContextTokens) - Math.Log(lower.ContextTokens)));
    }

    private static IReadOnlyList<int> Numbers(params ContextSummary[] contexts) => [.. contexts.SelectMany(context => context.Measured).Select(trial => trial.Number)];
}
