namespace MemoryWall.Analysis;

/// <summary>A place where prefill and generation change places between measured contexts: the one rule by which a crossover is
/// found.</summary>
/// <param name="Tokens">The context, interpolated linearly in the logarithms of context and of the ratio of the two times.</param>
/// <param name="Low">The index of the measured context below it.</param>
/// <param name="High">The index of the one above it; the same where the two times are equal at a measured context.</param>
internal readonly record struct PhaseCrossing(double Tokens, int Low, int High)
{
    /// <summary>All places in a series, smallest context first.</summary>
    /// <param name="points">Contexts, rising, each with the logarithm of prefill time ÷ generation time.</param>
    public static IReadOnlyList<PhaseCrossing> FindAll(IReadOnlyList<(double Context, double LogRatio)> points)
    {
        var crossings = new List<PhaseCrossing>();
        for (var i = 0; i < points.Count; i++)
        {
            var here = points[i];
            double? before = i == 0 ? null : points[i - 1].LogRatio;
            if (here.LogRatio == 0 && before != 0)
                crossings.Add(new PhaseCrossing(here.Context, i, i));
            else if (before * here.LogRatio < 0)
                crossings.Add(new PhaseCrossing(Interpolate(points[i - 1], here), i - 1, i));
        }
        return crossings;
    }

    /// <summary>The zero of the line through two points.</summary>
    public static double Interpolate((double Context, double LogRatio) low, (double Context, double LogRatio) high) =>
        low.Context * Math.Pow(high.Context / low.Context, -low.LogRatio / (high.LogRatio - low.LogRatio));
}
