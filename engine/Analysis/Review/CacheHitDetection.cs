using MemoryWall.Analysis.Rules;
using MemoryWall.Core;
using MemoryWall.Core.Trials;
using MemoryWall.Statistics;

namespace MemoryWall.Analysis.Review;

/// <summary>
/// Finds prefills that are too fast to have been computed, by comparison with the run's other trials.
/// Prefill time is a + b·N + c·N² with nothing below 0 (a fixed cost, the weights, attention). So a longer prompt takes no less time than a
/// shorter one, and a prompt of N takes no less than (N/M)² of the time of a longer one of M. A trial that is several times faster than
/// these bounds was not computed in full. The bounds come from the trials of the same context; where there are none, from those of the
/// nearest ones and from all others, and both must agree. Where the rest of the run is slow for another
/// reason (pages moved, a busy machine) generation is slow as well: the ratio of the two rates must be an outlier too.
/// Where the target reports that no part of the model is on an accelerator, there is a bound without any other trial: the peak rate of this
/// machine's processors (<see cref="PrefillTimeBound"/>). On processors prefill also grows with the prompt (<see cref="FlatPrefill"/>).
/// No check finds a hit of a part of the prompt, nor, on an accelerator, a run in which most trials are hits. Nonces in the prompts prevent
/// both.
/// </summary>
internal static class CacheHitDetection
{
    /// <summary>The suspected trials, each with the doubt about it.</summary>
    /// <param name="views">The trials of one run with all other doubts.</param>
    /// <param name="manifest">The manifest of their run, for the bound of the machine; null to compare only the trials with each
    /// other.</param>
    /// <param name="rules">The thresholds.</param>
    public static IReadOnlyDictionary<Trial, SuspectedCacheHit> Detect(IReadOnlyList<TrialView> views, RunManifest? manifest,
        TrialRules rules)
    {
        var timed = views.Where(view => view.Trial.Outcome.IsCompleted && !IsExplained(view) && view.Prefill is { Duration.Ticks: > 0 })
            .ToList();
        var hits = new Dictionary<Trial, SuspectedCacheHit>(ReferenceEqualityComparer.Instance);
        foreach (var view in timed)
        {
            if (CheckProcessorBound(view, manifest, rules) is { } hit)
                hits[view.Trial] = hit;
        }
        foreach (var (trial, hit) in FlatPrefill.Find(timed, manifest, rules))
            hits.TryAdd(trial, hit);
        // A prefill that was not computed is no reference for other trials.
        var possible = timed.Where(view => !hits.ContainsKey(view.Trial)).ToList();
        // Where the target counts its cached tokens, none of them is suspected.
        foreach (var view in possible.Where(view => view.Trial.CachedPromptTokens is null))
        {
            if (CompareWithOthers(view, possible, rules) is { } hit)
                hits[view.Trial] = hit;
        }
        return hits;
    }

    // What already explains why a prefill time is no measurement.
    private static bool IsExplained(TrialView view) => view.Trial.Flags.HasFlag(TrialFlags.WarmPrefix) || view.Trial.SkippedPromptTokens > 0
        || view.Doubts.Any(doubt => doubt is CacheHit or SuspectedCacheHit or Buffered);

    private static SuspectedCacheHit? CheckProcessorBound(TrialView view, RunManifest? manifest, TrialRules rules) =>
        manifest is not null && PrefillTimeBound.Compute(view.Trial, manifest, rules) is { } least && view.Prefill!.Value.Duration < least
            ? new SuspectedCacheHit(view.Prefill.Value.Duration.TotalSeconds, least.TotalSeconds, ByProcessorBound: true, [])
            : null;

    private static SuspectedCacheHit? CompareWithOthers(TrialView view, List<TrialView> timed, TrialRules rules)
    {
        // A warm-up may be slow for its own reasons: it is judged, but it is no reference for others.
        var others = timed.Where(other => other != view && !other.Trial.Flags.HasFlag(TrialFlags.Warmup)
            && other.Trial.Concurrency == view.Trial.Concurrency && other.Prefill!.Value.Source == view.Prefill!.Value.Source).ToList();
        if (others.Count == 0)
            return null;
        var seconds = view.Prefill!.Value.Duration.TotalSeconds;
        var nearest = others.GroupBy(other => LogDistance(view, other)).MinBy(group => group.Key)!.ToList();
        var judges = nearest[0].Trial.ContextTokens == view.Trial.ContextTokens ? nearest : others;
        var least = Math.Min(MinExpectedSeconds(view, nearest), MinExpectedSeconds(view, judges));
        // Concurrent streams share the machine: the first to be served may be faster by a factor of their number.
        var times = (judges.Count == 1 ? rules.MinCacheSpeedupOverOne : rules.MinCacheSpeedup) * view.Trial.Concurrency;
        return seconds * times < least && IsRatioSuspicious(view, judges, rules)
            ? new SuspectedCacheHit(seconds, least, ByProcessorBound: false, [.. nearest.Select(other => other.Trial.Number)])
            : null;
    }

    private static double LogDistance(TrialView view, TrialView other) =>
        Math.Abs(Math.Log((double)view.Trial.ContextTokens / other.Trial.ContextTokens));

    private static double MinExpectedSeconds(TrialView view, List<TrialView> others) => Quantiles.GeometricMedian(others.Select(other =>
    {
        var part = Math.Min(1, (double)view.Trial.ContextTokens / other.Trial.ContextTokens);
        return other.Prefill!.Value.Duration.TotalSeconds * part * part;
    }));

    private static bool IsRatioSuspicious(TrialView view, List<TrialView> others, TrialRules rules)
    {
        var known = others.Select(PrefillToGenerationRatio).OfType<double>().ToList();
        return PrefillToGenerationRatio(view) is not { } ratio || known.Count == 0
            || ratio > rules.MinCacheRateRatio * Quantiles.GeometricMedian(known);
    }

    private static double? PrefillToGenerationRatio(TrialView view) =>
        view.Trial.ContextTokens / view.Prefill!.Value.Duration.TotalSeconds / view.GenerationRate?.PerSecond;
}
