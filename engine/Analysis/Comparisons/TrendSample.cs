using MemoryWall.Statistics;

namespace MemoryWall.Analysis.Comparisons;

/// <summary>One observation of a quantity at a context.</summary>
/// <param name="Repetition">Its repetition: the steps of one run close together in time.</param>
/// <param name="ContextTokens">The context.</param>
/// <param name="Observation">The observation.</param>
internal readonly record struct TrendPoint(int Repetition, int ContextTokens, Observation Observation);

/// <summary>The observations of a quantity at every context of a level, for the change from the smallest to the largest.</summary>
internal sealed record TrendSample
{
    private readonly IReadOnlyList<TrendPoint> _points;

    /// <param name="points">The observations; at two contexts or more.</param>
    /// <param name="minPairedShare">The share of the smaller end's observations that must have a partner at the other.</param>
    public TrendSample(IReadOnlyList<TrendPoint> points, double minPairedShare)
    {
        _points = points;
        (FromTokens, ToTokens) = (points.Min(point => point.ContextTokens), points.Max(point => point.ContextTokens));
        Ends = RatioSample.FromTimes(At(FromTokens), At(ToTokens), minPairedShare);
        Contexts = points.Select(point => point.ContextTokens).Distinct().Count();
    }

    /// <summary>The smallest context.</summary>
    public int FromTokens { get; }

    /// <summary>The largest.</summary>
    public int ToTokens { get; }

    /// <summary>The observations at these two alone.</summary>
    public RatioSample Ends { get; }

    /// <summary>How many contexts there are.</summary>
    public int Contexts { get; }

    /// <summary>Repetitions that have both ends.</summary>
    public int Pairs => Repetitions(FromTokens).Intersect(Repetitions(ToTokens)).Count();

    /// <summary>Whether the contexts in between can contribute: there is one, and the ends took turns, so that the steps of a repetition
    /// share the state of the machine.</summary>
    public bool HasMiddle => Contexts > 2 && Ends.IsInterleaved;

    /// <summary>The same without the observations that had interference.</summary>
    public IReadOnlyList<TrendPoint> WithoutInterference => [.. _points.Where(point => !point.Observation.HasInterference)];

    /// <summary>The value at the largest context ÷ that at the smallest, where each value is a factor of its context and one of its
    /// repetition; null where the observations do not determine it.</summary>
    /// <param name="level">The confidence level.</param>
    public Estimate? EstimateRatio(double level)
    {
        var change = AdditiveModel.Compare(
            [.. _points.Select(point => new TableValue(point.Repetition, point.ContextTokens, Math.Log(point.Observation.Value)))],
            FromTokens, ToTokens, level);
        return change is { Difference: var middle, Interval: var interval } && double.IsFinite(Math.Exp(interval.High))
            ? Estimate.FromConfidenceInterval(Math.Exp(middle), new Interval(Math.Exp(interval.Low), Math.Exp(interval.High)), level,
                _points.Count)
            : null;
    }

    /// <summary>The probability that chance alone orders the contexts of all repetitions as much alike.</summary>
    public double OrderPValue() => MannKendallTest.PValueOfBlocks(_points.GroupBy(point => point.Repetition)
        .Select(block => (IReadOnlyList<double>)[.. block.OrderBy(point => point.ContextTokens)
            .Select(point => point.Observation.Value)]));

    private IReadOnlyList<Observation> At(int context) =>
        [.. _points.Where(point => point.ContextTokens == context).Select(point => point.Observation)];

    private IEnumerable<int> Repetitions(int context) =>
        _points.Where(point => point.ContextTokens == context).Select(point => point.Repetition).Distinct();
}
