using MemoryWall.Analysis.Rules;
using MemoryWall.Statistics;

namespace MemoryWall.Analysis;

/// <summary>The position of the crossover relative to the measured contexts.</summary>
public enum CrossoverKind
{
    /// <summary>Unknown: there is no context at which both phases were measured.</summary>
    Unknown,

    /// <summary>Between two measured contexts, or at one.</summary>
    Found,

    /// <summary>Prefill takes longer at every measured context.</summary>
    BelowMeasured,

    /// <summary>Generation takes longer at every measured context.</summary>
    AboveMeasured,

    /// <summary>The phases change places more than once: the measurements do not give a single crossover.</summary>
    Repeated,
}

/// <summary>
/// The context where prefill takes as long as the generation of G output tokens. It is interpolated between measured medians, linear in the
/// logarithms of context and of the ratio of the two times; outside the measured contexts there is no number.
/// </summary>
public sealed record Crossover
{
    /// <summary>Its position.</summary>
    public required CrossoverKind Kind { get; init; }

    /// <summary>Requested output tokens (G).</summary>
    public required int OutputTokens { get; init; }

    /// <summary>Concurrent streams.</summary>
    public required int Concurrency { get; init; }

    /// <summary>The context in tokens; only where <see cref="Kind"/> is <see cref="CrossoverKind.Found"/>.</summary>
    public double? ContextTokens { get; init; }

    /// <summary>
    /// The context with its interval: 95% by bootstrap over the repetitions, or with fewer than 5 at a context the range of the values.
    /// Absent unless <see cref="Kind"/> is <see cref="CrossoverKind.Found"/>, and where the repetitions do not bound it within the contexts
    /// measured.
    /// </summary>
    public Estimate? Estimate { get; init; }

    /// <summary>
    /// Rule of thumb: answer length × prefill rate ÷ generation rate at the nearest measured context, as if rates did not change with
    /// context. Absent where nothing was measured.
    /// </summary>
    public double? FlatRateContextTokens { get; init; }

    /// <summary>The trials that it rests on.</summary>
    public required IReadOnlyList<int> Trials { get; init; }

    /// <summary>All contexts at which prefill and generation change places; one or none unless <see cref="Kind"/> is
    /// <see cref="CrossoverKind.Repeated"/>.</summary>
    internal IReadOnlyList<double> CrossingTokens { get; private init; } = [];

    /// <summary>The contexts at which both phases were measured, smallest first.</summary>
    internal IReadOnlyList<int> MeasuredContexts { get; private init; } = [];

    /// <summary>The two measured contexts between which the crossover is interpolated, or the one at which it is; empty unless
    /// <see cref="Kind"/> is <see cref="CrossoverKind.Found"/>.</summary>
    internal IReadOnlyList<int> Neighbours { get; private init; } = [];

    /// <summary>The measured contexts around every change of place, the smallest and the largest: what lies between them decides. A change
    /// exactly at a measured context is between this and the one before it, or after it where there is none. Absent without a
    /// change.</summary>
    internal (int From, int To)? Region { get; private init; }

    /// <summary>The crossover of one level.</summary>
    /// <param name="contexts">Summaries with the same concurrency, output, label and method; one or more.</param>
    /// <exception cref="ArgumentException">There are none, or they are of different kinds.</exception>
    public static Crossover Compute(IReadOnlyList<ContextSummary> contexts) => Compute(contexts, new EstimateRules());

    /// <summary>The same with an interval of another confidence.</summary>
    internal static Crossover Compute(IReadOnlyList<ContextSummary> contexts, EstimateRules rules)
    {
        ArgumentNullException.ThrowIfNull(contexts);
        if (contexts.Select(context => context.Level).Distinct().Count() != 1)
            throw new ArgumentException("a crossover needs summaries of one concurrency, one output length, one label and one method",
                nameof(contexts));
        var points = contexts.Where(context => context.PrefillShare is not null)
            .OrderBy(context => context.ContextTokens).Select(context => new Point(context)).ToList();
        var places = PhaseCrossing.FindAll([.. points.Select(point => ((double)point.Context, point.LogRatio))]);
        var crossings = places
            .Select(found => new Crossing(found.Tokens, points[found.Low], points[found.High])).ToList();
        var level = contexts[0];
        var crossover = (points.Count, crossings.Count) switch
        {
            (0, _) => Create(level, CrossoverKind.Unknown, []),
            (_, 1) => CreateFound(crossings[0], points, rules),
            (_, > 1) => Create(level, CrossoverKind.Repeated, points),
            _ when points[0].LogRatio > 0 => Create(level, CrossoverKind.BelowMeasured, [points[0]], points[0]),
            _ => Create(level, CrossoverKind.AboveMeasured, [points[^1]], points[^1]),
        };
        return crossover with
        {
            CrossingTokens = [.. crossings.Select(crossing => crossing.Tokens)],
            MeasuredContexts = [.. points.Select(point => point.Context)],
            Region = places.Count == 0 ? null : FindRegion(places[0], places[^1], points),
        };
    }

    private static (int From, int To) FindRegion(PhaseCrossing first, PhaseCrossing last, List<Point> points)
    {
        var from = first.Low == first.High ? Math.Max(0, first.Low - 1) : first.Low;
        var to = last.High == from ? Math.Min(points.Count - 1, last.High + 1) : last.High;
        return (points[from].Context, points[to].Context);
    }

    private static Crossover CreateFound(Crossing at, List<Point> all, EstimateRules rules)
    {
        var estimate = CrossoverInterval.Compute(at.Tokens, at.Low.Summary, at.High.Summary, new Interval(all[0].Context, all[^1].Context),
            rules.ConfidenceLevel);
        var points = at.Low == at.High ? new[] { at.Low } : [at.Low, at.High];
        return Create(at.Low.Summary, CrossoverKind.Found, points, at.Low) with
        {
            ContextTokens = at.Tokens,
            Estimate = estimate,
            Neighbours = [.. points.Select(point => point.Context)],
        };
    }

    private static Crossover Create(ContextSummary level, CrossoverKind kind, IEnumerable<Point> evidence, Point? nearest = null) => new()
    {
        Kind = kind,
        OutputTokens = level.OutputTokensAsked,
        Concurrency = level.Concurrency,
        FlatRateContextTokens = nearest?.FlatRateTokens,
        Trials = [.. evidence.SelectMany(point => point.Trials).Distinct().Order()],
    };

    private sealed record Crossing(double Tokens, Point Low, Point High);

    /// <summary>A context where both phases were measured.</summary>
    private sealed class Point(ContextSummary summary)
    {
        public ContextSummary Summary => summary;

        public int Context => summary.ContextTokens;

        /// <summary>Above 0 where prefill takes longer.</summary>
        public double LogRatio { get; } = CrossoverInterval.LogRatio(summary);

        public double FlatRateTokens => summary.OutputTokensAsked * summary.PrefillTps!.Median / summary.GenerationTps!.Median;

        public IEnumerable<int> Trials => summary.PrefillShare!.Trials;
    }
}
