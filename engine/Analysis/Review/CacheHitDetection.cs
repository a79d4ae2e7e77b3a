using System.Globalization;
using MemoryWall.Core;
using MemoryWall.Core.Trials;
using MemoryWall.Statistics;

namespace MemoryWall.Analysis.Review;

/// <summary>A trial that is suspected of a cache hit which its target did not report.</summary>
/// <param name="Trial">Its number.</param>
/// <param name="Reason">What it was compared with.</param>
internal sealed record SuspectedCacheHit(int Trial, string Reason);

/// <summary>
/// Finds prefills that are too fast to have been computed, by comparison with the run's other trials.
/// Prefill time is a + b·N + c·N² with nothing below 0 (a fixed cost, the weights, attention). So a longer prompt takes no less time than a
/// shorter one, and a prompt of N takes no less than (N/M)² of the time of a longer one of M. A trial that is several times faster than
/// these bounds was not computed in full. The bounds come from the trials of the same context; where there are none, from those of the
/// nearest ones and from all others, and both must agree. Where the rest of the run is slow for another
/// reason (pages moved, a busy machine) generation is slow as well: the ratio of the two rates must be an outlier too.
/// Where the target reports that no part of the model is on an accelerator, there is a bound without any other trial: the peak rate of this
/// machine's processors (<see cref="PrefillTimeBound"/>).
/// Neither check finds a hit of a part of the prompt, nor a run in which most trials are hits and there is no such bound. Nonces in the
/// prompts prevent both.
/// </summary>
internal static class CacheHitDetection
{
    private const double MinSpeedup = 5;
    private const double MinSpeedupOverSingleTrial = 20;
    private const double MinRateRatio = 3;

    /// <summary>Flags that already explain why a prefill time is no measurement.</summary>
    private const TrialFlags ExplainedFlags = TrialFlags.CacheHit | TrialFlags.SuspectedCacheHit | TrialFlags.WarmPrefix
        | TrialFlags.SyntheticDepth | TrialFlags.Buffered;

    /// <summary>The suspected trials, in the order given.</summary>
    /// <param name="trials">The trials of one run.</param>
    /// <param name="manifest">The manifest of their run, for the bound of the machine; null to compare only the trials with each
    /// other.</param>
    public static IReadOnlyList<SuspectedCacheHit> Detect(IReadOnlyList<Trial> trials, RunManifest? manifest = null)
    {
        ArgumentNullException.ThrowIfNull(trials);
        var timed = trials.Where(trial => trial.Outcome.IsCompleted && (trial.Flags & ExplainedFlags) == 0)
            .Select(TrialView.Create).Where(view => view.Prefill is { Duration.Ticks: > 0 }).ToList();
        var impossible = timed.Select(view => CheckProcessorBound(view, manifest)).OfType<SuspectedCacheHit>().ToList();
        // A prefill that was not computed is no reference for other trials.
        var possible = timed.Where(view => impossible.All(hit => hit.Trial != view.Trial.Number)).ToList();
        return [.. impossible.Concat(possible.Select(view => CompareWithOthers(view, possible)).OfType<SuspectedCacheHit>())
            .OrderBy(hit => timed.FindIndex(view => view.Trial.Number == hit.Trial))];
    }

    /// <summary>The same trials, with <see cref="TrialFlags.SuspectedCacheHit"/> added to those that are suspected.</summary>
    public static IReadOnlyList<Trial> FlagTrials(IReadOnlyList<Trial> trials, RunManifest? manifest = null)
    {
        var hits = Detect(trials, manifest).Select(hit => hit.Trial).ToHashSet();
        return [.. trials.Select(
            trial => hits.Contains(trial.Number) ? trial with { Flags = trial.Flags | TrialFlags.SuspectedCacheHit } : trial)];
    }

    private static SuspectedCacheHit? CheckProcessorBound(TrialView view, RunManifest? manifest) =>
        manifest is not null && PrefillTimeBound.Compute(view.Trial, manifest) is { } least && view.Prefill!.Value.Duration < least
            ? new SuspectedCacheHit(view.Trial.Number, string.Create(CultureInfo.InvariantCulture,
                $"prefill of {view.Trial.ContextTokens} tokens took {view.Prefill.Value.Duration.TotalSeconds:0.######} s; the "
                    + $"processors of this machine need at least {least.TotalSeconds:0.###} s"))
            : null;

    private static SuspectedCacheHit? CompareWithOthers(TrialView view, List<TrialView> timed)
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
        var times = (judges.Count == 1 ? MinSpeedupOverSingleTrial : MinSpeedup) * view.Trial.Concurrency;
        if (seconds * times >= least || !IsRatioSuspicious(view, judges))
            return null;
        return new SuspectedCacheHit(view.Trial.Number, string.Create(CultureInfo.InvariantCulture,
            $"prefill of {view.Trial.ContextTokens} tokens took {seconds:0.######} s; by the run's other trials "
                + $"(trials {string.Join(", ", nearest.Select(other => other.Trial.Number))} nearest) at least {least:0.###} s "
                    + $"were expected"));
    }

    private static double LogDistance(TrialView view, TrialView other) =>
        Math.Abs(Math.Log((double)view.Trial.ContextTokens / other.Trial.ContextTokens));

    private static double MinExpectedSeconds(TrialView view, List<TrialView> others) => Quantiles.GeometricMedian(others.Select(other =>
    {
        var part = Math.Min(1, (double)view.Trial.ContextTokens / other.Trial.ContextTokens);
        return other.Prefill!.Value.Duration.TotalSeconds * part * part;
    }));

    private static bool IsRatioSuspicious(TrialView view, List<TrialView> others)
    {
        var known = others.Select(PrefillToGenerationRatio).OfType<double>().ToList();
        return PrefillToGenerationRatio(view) is not { } ratio || known.Count == 0
            || ratio > MinRateRatio * Quantiles.GeometricMedian(known);
    }

    private static double? PrefillToGenerationRatio(TrialView view) =>
        view.Trial.ContextTokens / view.Prefill!.Value.Duration.TotalSeconds / view.GenerationRate?.PerSecond;
}
