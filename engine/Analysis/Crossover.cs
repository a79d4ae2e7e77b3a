using MemoryWall.Core.Units;
using MemoryWall.Statistics;

namespace MemoryWall.Analysis;

/// <summary>Where the crossover lies against the contexts that were measured.</summary>
public enum CrossoverKind
{
    /// <summary>Prefill or generation was measured at no context, so nothing is said.</summary>
    Unknown,

    /// <summary>Between two measured contexts, or at one.</summary>
    Found,

    /// <summary>Prefill takes longer at every measured context.</summary>
    BelowMeasured,

    /// <summary>Generation takes longer at every measured context.</summary>
    AboveMeasured,

    /// <summary>The phases change places more than once: the measurements do not give one crossover.</summary>
    Repeated,
}

/// <summary>
/// The context where prefill takes as long as the generation of G output tokens. It is interpolated between measured medians, linear in the
/// logarithms of context and of the ratio of the two times; outside the measured contexts it is never given as a number.
/// </summary>
public sealed record Crossover
{
    /// <summary>Where it lies.</summary>
    public required CrossoverKind Kind { get; init; }

    /// <summary>Output tokens asked for (G).</summary>
    public required int OutputTokens { get; init; }

    /// <summary>Streams at once.</summary>
    public required int Concurrency { get; init; }

    /// <summary>The context in tokens; only where <see cref="Kind"/> is <see cref="CrossoverKind.Found"/>.</summary>
    public double? ContextTokens { get; init; }

    /// <summary>
    /// The context with its interval: 95% by bootstrap over the repetitions, or with fewer than 5 at a context the range that they allow.
    /// Absent unless <see cref="Kind"/> is <see cref="CrossoverKind.Found"/>, and where the repetitions do not bound it within the contexts
    /// measured.
    /// </summary>
    public Estimate? Estimate { get; init; }

    /// <summary>
    /// A rough check, G·PP/TG with the rates at the nearest measured context, as if rates did not change with context. Never the answer
    /// itself. Absent where nothing was measured.
    /// </summary>
    public double? FlatRateContextTokens { get; init; }

    /// <summary>In words.</summary>
    public required string Sentence { get; init; }

    /// <summary>The trials that it rests on.</summary>
    public required IReadOnlyList<int> Trials { get; init; }

    /// <summary>The crossover of one level of concurrency.</summary>
    /// <param name="contexts">Summaries with the same concurrency, output, label and method; one or more.</param>
    /// <exception cref="ArgumentException">There are none, or they are of different kinds.</exception>
    public static Crossover Compute(IReadOnlyList<ContextSummary> contexts)
    {
        ArgumentNullException.ThrowIfNull(contexts);
        if (contexts.Select(context => (context.Concurrency, context.OutputTokensAsked, context.Label, context.Method)).Distinct()
            .Count() != 1)
            throw new ArgumentException("a crossover needs summaries of one concurrency, one output length, one label and one method",
                nameof(contexts));
        var points = contexts.Where(context => context.PrefillShare is not null)
            .OrderBy(context => context.ContextTokens).Select(context => new Point(context)).ToList();
        var crossings = Crossings(points).ToList();
        return (points.Count, crossings.Count) switch
        {
            (0, _) =>
                Create(contexts[0], CrossoverKind.Unknown, [],
                    "The crossover is not known: at no context were both prefill and generation measured."),
            (_, 1) => CreateFound(crossings[0], points),
            (_, > 1) => Create(contexts[0], CrossoverKind.Repeated, points,
                $"Prefill and generation change places {crossings.Count} times between {points[0].Name} and {points[^1].Name} (near {WordFormat.List(crossings.Select(crossing => NumberFormat.Approximate(crossing.Tokens)))} tokens): the measurements do not give one crossover."),
            _ when points[0].LogRatio > 0 => Create(contexts[0], CrossoverKind.BelowMeasured, [points[0]],
                $"Prefill takes longer than generating {points[0].Output} tokens at every context measured: the crossover lies below {points[0].Name}, the {DescribeExtreme(points, "smallest")} measured.", points[0]),
            _ => Create(contexts[0], CrossoverKind.AboveMeasured, [points[^1]],
                $"Generating {points[0].Output} tokens takes longer than prefill at every context measured: the crossover lies above {points[^1].Name}, the {DescribeExtreme(points, "largest")} measured.", points[^1]),
        };
    }

    private static Crossover CreateFound(Crossing at, List<Point> all)
    {
        var estimate = CrossoverInterval.Compute(at.Tokens, at.Low.Summary, at.High.Summary, new Interval(all[0].Context, all[^1].Context));
        var where = at.Low == at.High
            ? $"at {at.Low.Name}"
            : $"at about {NumberFormat.Approximate(at.Tokens)} tokens (interpolated between {at.Low.Name} and {at.High.Name})";
        var points = at.Low == at.High ? new[] { at.Low } : [at.Low, at.High];
        return Create(at.Low.Summary, CrossoverKind.Found, points,
            $"Prefill takes as long as generating {at.Low.Output} tokens {where}{CrossoverInterval.Describe(estimate)}.",
            at.Low) with
        { ContextTokens = at.Tokens, Estimate = estimate };
    }

    private static Crossover Create(ContextSummary level, CrossoverKind kind, IEnumerable<Point> evidence, string sentence,
        Point? nearest = null) => new()
        {
            Kind = kind,
            OutputTokens = level.OutputTokensAsked,
            Concurrency = level.Concurrency,
            FlatRateContextTokens = nearest?.FlatRateTokens,
            Sentence = nearest is null
            ? sentence
            : $"{sentence} As a rough check, the flat-rate formula G·PP/TG with the rates at {nearest.Name} gives {NumberFormat.Approximate(nearest.FlatRateTokens)} tokens.",
            Trials = [.. evidence.SelectMany(point => point.Trials).Distinct().Order()],
        };

    private static IEnumerable<Crossing> Crossings(List<Point> points)
    {
        for (var i = 0; i < points.Count; i++)
        {
            var (before, here) = (i == 0 ? null : points[i - 1], points[i]);
            if (here.LogRatio == 0 && before?.LogRatio != 0)
                yield return new Crossing(here.Context, here, here);
            else if (before is not null && before.LogRatio * here.LogRatio < 0)
                yield return new Crossing(Interpolate(before, here), before, here);
        }
    }

    private static double Interpolate(Point low, Point high) =>
        CrossoverInterval.Interpolate(low.Context, low.LogRatio, high.Context, high.LogRatio);

    private static string DescribeExtreme(List<Point> points, string extreme) => points.Count == 1 ? "only context" : $"{extreme} context";

    private sealed record Crossing(double Tokens, Point Low, Point High);

    /// <summary>A context where both phases were measured.</summary>
    private sealed class Point(ContextSummary summary)
    {
        public ContextSummary Summary => summary;

        public int Context => summary.ContextTokens;

        public string Name => NumberFormat.Context(summary.ContextTokens);

        public int Output => summary.OutputTokensAsked;

        /// <summary>Above 0 where prefill takes longer.</summary>
        public double LogRatio { get; } = CrossoverInterval.LogRatio(summary);

        public double FlatRateTokens => summary.OutputTokensAsked * summary.PrefillTps!.Median / summary.GenerationTps!.Median;

        public IEnumerable<int> Trials => summary.PrefillShare!.Trials;
    }
}
