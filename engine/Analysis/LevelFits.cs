using MemoryWall.Analysis.Rules;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Trials;

namespace MemoryWall.Analysis;

/// <summary>The curves of one level of a run. Each is absent where there are too few trials or contexts for its formula.</summary>
public sealed record LevelFits
{
    /// <summary>Concurrent streams.</summary>
    public required int Concurrency { get; init; }

    /// <summary>Requested output tokens.</summary>
    public required int OutputTokensAsked { get; init; }

    /// <summary>How the trials differ on purpose.</summary>
    public TrialFlags Label { get; init; }

    /// <summary>How the contexts were reached.</summary>
    public SweepMethod Method { get; init; }

    /// <summary>Prefill time over context.</summary>
    public CurveFit? Prefill { get; init; }

    /// <summary>Time between tokens over the mean depth of the generation.</summary>
    public CurveFit? InterToken { get; init; }

    /// <summary>Why <see cref="Prefill"/> is absent; null where it is not.</summary>
    internal MissingFit? MissingPrefill { get; init; }

    /// <summary>Why <see cref="InterToken"/> is absent; null where it is not.</summary>
    internal MissingFit? MissingInterToken { get; init; }

    /// <summary>The curves of summaries with the same concurrency, output and label, one or more.</summary>
    internal static LevelFits Fit(IReadOnlyList<ContextSummary> level, EstimateRules rules)
    {
        var (prefill, missingPrefill) = level[0].Method == SweepMethod.SyntheticDepth
            ? (null, new OnlyLastBatchTimed())
            : CurveFit.FitPrefill(
                [.. Points(level, context => context.PrefillSeconds, context => context.ContextTokens, seconds => seconds)],
                rules.ConfidenceLevel);
        // While G tokens are generated the depth grows from N to N + G.
        var (interToken, missingInterToken) = CurveFit.FitInterToken(
            [.. Points(level, context => context.GenerationTps, context => context.ContextTokens + context.OutputTokensAsked / 2.0,
                rate => 1 / rate)], rules.ConfidenceLevel);
        return new LevelFits
        {
            Concurrency = level[0].Concurrency,
            OutputTokensAsked = level[0].OutputTokensAsked,
            Label = level[0].Label,
            Method = level[0].Method,
            Prefill = prefill,
            InterToken = interToken,
            MissingPrefill = missingPrefill,
            MissingInterToken = missingInterToken,
        };
    }

    private static IEnumerable<(int, double, double)> Points(
        IReadOnlyList<ContextSummary> level, Func<ContextSummary, MetricSummary?> figure, Func<ContextSummary, double> tokens,
        Func<double, double> seconds) =>
        level.Where(context => figure(context) is not null)
            .SelectMany(context => figure(context)!.UsedSteps.Select(step => (step.Trials[0], tokens(context), seconds(step.Value))));
}
