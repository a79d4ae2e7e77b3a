using MemoryWall.Analysis.Rules;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Trials;

namespace MemoryWall.Analysis.Review;

/// <summary>Doubts from the target's count of cached prompt tokens.</summary>
internal static class CacheReview
{
    public static IEnumerable<Doubt> FindDoubts(Trial trial, ReviewedTrials all, TrialRules rules)
    {
        if (trial.CachedPromptTokens is not { } cached)
            yield break;
        if (!IsOnPurpose(trial) && cached > (trial.CountedPromptTokens ?? 0) * rules.MaxTemplateShare)
            yield return new CacheHit(cached, trial.CountedPromptTokens);
        // The first trial with a prompt cache finds it empty, or filled by a shorter prompt. How much of a conversation is still cached
        // when its user comes back is what is measured there.
        if (trial.Session is null && trial.Flags.HasFlag(TrialFlags.WarmPrefix) && !trial.Flags.HasFlag(TrialFlags.Warmup)
            && cached < rules.MinWarmShare * all.MaxCachedTokens(trial))
            yield return new ColdPrefix(cached, all.MaxCachedTokens(trial));
    }

    // An incremental pass uses the cache for its own prefix.
    private static bool IsOnPurpose(Trial trial) => trial.Flags.HasFlag(TrialFlags.WarmPrefix)
        || trial.Method is SweepMethod.IncrementalDepth or SweepMethod.Resume or SweepMethod.Session;
}
