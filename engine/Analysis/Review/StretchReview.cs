using MemoryWall.Analysis.Rules;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Trials;

namespace MemoryWall.Analysis.Review;

/// <summary>
/// Whether a stretch of an incremental pass was computed, where the target takes the part before it from its prompt cache: a token at
/// greater depth never costs less. The prefill of a context is the sum from the first token on, so a doubt about a stretch holds for all
/// contexts after it.
/// </summary>
internal static class StretchReview
{
    /// <summary>The doubt about a context of a pass; null where its stretches are plausible, or cannot be separated.</summary>
    public static SuspectedCacheHit? Review(Trial trial, ReviewedTrials all, TrialRules rules)
    {
        if (trial is not { Method: SweepMethod.IncrementalDepth, CachedPromptTokens: > 0 })
            return null;
        (double Rate, int Trial)? fastest = null;
        Trial? before = null;
        foreach (var part in FindPass(trial, all))
        {
            var tokens = (long)part.ContextTokens - (before?.ContextTokens ?? 0);
            var seconds = part.Server.Prefill?.TotalSeconds - (before is null ? 0 : before.Server.Prefill?.TotalSeconds);
            before = part;
            if (seconds is not > 0 || tokens <= 0)
                continue;
            var rate = tokens / seconds.Value;
            if (fastest is { } reference && rate > rules.MaxStretchSpeedup * reference.Rate)
                return new SuspectedCacheHit(seconds, tokens / (rules.MaxStretchSpeedup * reference.Rate), ByProcessorBound: false,
                    [reference.Trial]);
            if (tokens >= rules.MinStretchTokens && (fastest is null || rate > fastest.Value.Rate))
                fastest = (rate, part.Number);
        }
        return null;
    }

    // The contexts of the pass up to this one, smallest first.
    private static Stack<Trial> FindPass(Trial trial, ReviewedTrials all)
    {
        var pass = new Stack<Trial>([trial]);
        while (all.TryFindPrevious(pass.Peek(), out var previous) && previous is not null)
            pass.Push(previous);
        return pass;
    }
}
