using MemoryWall.Analysis.Review;
using MemoryWall.Analysis.Rules;

namespace MemoryWall.Analysis;

/// <summary>The trials of one context compared with a limit.</summary>
/// <param name="ContextTokens">The context.</param>
/// <param name="Judged">Trials that could be judged: completed trials with known times, and failed trials, which do not meet it.</param>
/// <param name="Met">How many of them met the limit.</param>
/// <param name="Meets">Whether enough of them did: 9 of 10 or more. Absent where none could be judged.</param>
/// <param name="Trials">The trials that were judged.</param>
internal sealed record GoodputContext(int ContextTokens, int Judged, int Met, bool? Meets, IReadOnlyList<int> Trials);

/// <summary>
/// Goodput: the largest context that still meets a latency limit, after Zhong et al., "DistServe" (OSDI 2024), who count a setting as good
/// where 90% of its requests meet their limits.
/// </summary>
internal sealed record Goodput
{
    /// <summary>The limit.</summary>
    public required Slo Slo { get; init; }

    /// <summary>Concurrent streams.</summary>
    public required int Concurrency { get; init; }

    /// <summary>Requested output tokens.</summary>
    public required int OutputTokensAsked { get; init; }

    /// <summary>The contexts, smallest first.</summary>
    public required IReadOnlyList<GoodputContext> Contexts { get; init; }

    /// <summary>The largest context that meets the limit while every smaller one does; absent where the smallest does not.</summary>
    public int? LargestTokens { get; init; }

    /// <summary>The smallest context that does not meet it; absent where all do.</summary>
    public int? FailsAtTokens { get; init; }

    /// <summary>The goodput of one level.</summary>
    /// <param name="slo">The limit.</param>
    /// <param name="level">Summaries with the same concurrency, output and label, one or more.</param>
    /// <param name="views">The run's trials.</param>
    /// <param name="rules">The share of trials that must meet it.</param>
    internal static Goodput Compute(Slo slo, IReadOnlyList<ContextSummary> level, IReadOnlyDictionary<int, TrialView> views,
        SummaryRules rules)
    {
        var contexts = level.OrderBy(context => context.ContextTokens).Select(context => Evaluate(slo, context, views, rules)).ToList();
        var known = contexts.Where(context => context.Meets is not null).ToList();
        var good = known.TakeWhile(context => context.Meets == true).ToList();
        var bad = known.Count > good.Count ? known[good.Count] : null;
        return new Goodput
        {
            Slo = slo,
            Concurrency = level[0].Concurrency,
            OutputTokensAsked = level[0].OutputTokensAsked,
            Contexts = contexts,
            LargestTokens = good.Count > 0 ? good[^1].ContextTokens : null,
            FailsAtTokens = bad?.ContextTokens,
        };
    }

    private static GoodputContext Evaluate(Slo slo, ContextSummary context, IReadOnlyDictionary<int, TrialView> views,
        SummaryRules rules)
    {
        var doubted = context.Excluded.Select(left => left.Trial).ToHashSet();
        var judged = context.Trials.Select(number => views[number])
            .Select(view => (view.Trial.Number, Meets: !view.Trial.Outcome.IsCompleted ? false
                : doubted.Contains(view.Trial.Number) ? null : Meets(slo, view)))
            .Where(entry => entry.Meets is not null).ToList();
        var met = judged.Count(entry => entry.Meets == true);
        return new GoodputContext(context.ContextTokens, judged.Count, met,
            judged.Count == 0 ? null : met >= rules.MinGoodputShare * judged.Count,
            [.. judged.Select(entry => entry.Number)]);
    }

    private static bool? Meets(Slo slo, TrialView view)
    {
        var (ttft, itl) = (view.Has<Buffered>() ? null : view.Trial.Client.TimeToFirstToken, 1 / view.GenerationRate?.PerSecond);
        if (slo.Ttft < ttft || slo.InterToken?.TotalSeconds < itl)
            return false;
        return slo.Ttft is not null && ttft is null || slo.InterToken is not null && itl is null ? null : true;
    }
}
