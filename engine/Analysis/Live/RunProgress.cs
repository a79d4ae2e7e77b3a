using MemoryWall.Analysis.Review;
using MemoryWall.Analysis.Rules;
using MemoryWall.Analysis.Walls;
using MemoryWall.Core;
using MemoryWall.Core.Facts;
using MemoryWall.Core.Trials;

namespace MemoryWall.Analysis.Live;

/// <summary>What the stored trials of a run show so far, for a live view: cheaper than a report, and without its statistics.</summary>
internal sealed record RunProgress
{
    /// <summary>The contexts, smallest first; planned ones that have no trial yet are included.</summary>
    public required IReadOnlyList<LadderRung> Ladder { get; init; }

    /// <summary>Measured trials that completed.</summary>
    public int Completed { get; init; }

    /// <summary>Measured trials, without warm-ups and those that the user stopped.</summary>
    public int Measured { get; init; }

    /// <summary>Completed trials at contexts where memory was only paged: the server answered, but too slowly to work with.</summary>
    public int Thrashing { get; init; }

    /// <summary>The largest context that is stable (<see cref="LadderRung.IsStable"/>) with no unstable one below it, of single
    /// streams; absent for none.</summary>
    public int? LargestStableTokens { get; init; }

    /// <summary>The memory limit: the cap, or the memory that was available to an embedded server; absent where unknown.</summary>
    public long? BudgetBytes { get; init; }

    /// <summary>The largest context forecast to stay in memory without a storage tier; absent without a forecast.</summary>
    public int? ForecastWallTokens { get; init; }

    /// <summary>The last trial; absent before the first.</summary>
    public TrialView? Last { get; init; }

    /// <summary>The last measured trial that completed; absent before the first.</summary>
    public TrialView? LastCompleted { get; init; }

    /// <summary>The progress of a run.</summary>
    /// <param name="manifest">The run.</param>
    /// <param name="trials">Its trials so far.</param>
    /// <param name="rules">The thresholds; null for the defaults.</param>
    public static RunProgress Compute(RunManifest manifest, IReadOnlyList<Trial> trials, ReviewRules? rules = null)
    {
        rules ??= ReviewRules.Default;
        var views = TrialReview.Review(trials, rules);
        var counted = views.Where(view => view.Trial.Outcome is not Cancelled && !view.Trial.Flags.HasFlag(TrialFlags.Warmup)).ToList();
        var ladder = CreateLadder(manifest, counted, rules);
        var budget = manifest.Plan.Cap?.Bytes
            ?? (manifest.Target.Kind == TargetKind.Embedded ? manifest.Machine.MemoryAvailableBytes : null);
        return new RunProgress
        {
            Ladder = ladder,
            Completed = counted.Count(view => view.Trial.Outcome.IsCompleted),
            Measured = counted.Count,
            Thrashing = ladder.Where(rung => rung.Regime == MemoryRegime.Thrashing).Sum(rung => rung.Completed),
            LargestStableTokens = ladder.Where(rung => rung.Concurrency == 1 && rung.Completed + rung.Failed > 0)
                .TakeWhile(rung => rung.IsStable).LastOrDefault()?.ContextTokens,
            BudgetBytes = budget,
            ForecastWallTokens = WallPredictor.Predict(manifest, budget),
            Last = views.Count > 0 ? views[^1] : null,
            LastCompleted = counted.LastOrDefault(view => view.Trial.Outcome.IsCompleted),
        };
    }

    private static IReadOnlyList<LadderRung> CreateLadder(RunManifest manifest, List<TrialView> counted, ReviewRules rules)
    {
        var regimes = RegimeClassifier.Classify(counted, manifest.Target.Shape, rules.Regimes)
            .ToLookup(regime => regime.ContextTokens, regime => regime.Regime);
        var byRung = counted.ToLookup(view => (view.Trial.ContextTokens, view.Trial.Concurrency));
        var planned = from context in manifest.Plan.Wall is null ? manifest.Plan.Contexts : []
                      from concurrency in manifest.Plan.Concurrency
                      select (context.Value, concurrency);
        return [.. planned.Concat(byRung.Select(group => group.Key)).Distinct().Order()
            .Select(key => CreateRung(key.Item1, key.Item2, [.. byRung[key]], key.Item2 == 1 ? [.. regimes[key.Item1]] : []))];
    }

    private static LadderRung CreateRung(int context, int concurrency, IReadOnlyList<TrialView> views,
        IReadOnlyList<MemoryRegime> regimes)
    {
        // The medians are those of the report.
        var summary = ContextSummary.Summarize(views).FirstOrDefault();
        return new LadderRung(context, concurrency)
        {
            Completed = views.Count(view => view.Trial.Outcome.IsCompleted),
            Failed = views.Count(view => !view.Trial.Outcome.IsCompleted),
            Doubtful = summary?.Excluded.Count(excluded => excluded.Reason is Doubted) ?? 0,
            Failure = views.LastOrDefault(view => !view.Trial.Outcome.IsCompleted)?.Trial,
            Regime = regimes.Count > 0 ? regimes.Max() : MemoryRegime.Unknown,
            TtftSeconds = summary?.TtftSeconds?.Median,
            PrefillTps = summary?.PrefillTps?.Median,
            GenerationTps = summary?.GenerationTps?.Median,
        };
    }
}
