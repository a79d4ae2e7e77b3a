using MemoryWall.Core.Plan;
using MemoryWall.Core.Trials;

namespace MemoryWall.Analysis.Review;

/// <summary>
/// Doubts that a file of schema 1 states. What follows from its other columns is derived anew and its statement ignored; where the file
/// lacks the observation, the statement is kept as a doubt without values.
/// </summary>
internal static class ClaimedDoubts
{
    /// <summary>The doubts to keep, beside those that were derived.</summary>
    public static IEnumerable<Doubt> Keep(Trial trial, ReviewedTrials all, IReadOnlyList<Doubt> derived) => trial.ClaimedDoubts.Distinct()
        .Select(Create).OfType<Doubt>()
        .Where(claim => derived.All(doubt => doubt.Kind != claim.Kind) && !IsObserved(claim, trial, all));

    private static Doubt? Create(string name) => name switch
    {
        "early_stop" => new EarlyStop(null, null),
        "too_short_for_rate" => new TooShortForRate(null),
        "cache_hit" => new CacheHit(null, null),
        "suspected_cache_hit" => new SuspectedCacheHit(null, null, ByProcessorBound: false, []),
        "queued" => new Queued(null),
        "context_capped" => new ContextCapped(null, null),
        "count_unreported" => new CountUnreported(),
        "reloaded" => new Reloaded(null),
        "clocks_disagree" => new ClocksDisagree(null, null),
        "disturbed" => new Interference([]),
        "reasoning" => new ReasoningFirst(null),
        "shared_server" => new SharedServer(null, null, null),
        "buffered" => new Buffered(null, null),
        _ => null,
    };

    // Whether the file has what the doubt follows from, so that its absence is known.
    private static bool IsObserved(Doubt claim, Trial trial, ReviewedTrials all) => claim switch
    {
        EarlyStop => trial.OutputTokens is not null,
        TooShortForRate => trial.OutputTokens is not null,
        CacheHit => trial.CachedPromptTokens is not null,
        Queued => trial.Server.Queue is not null,
        ContextCapped => trial is { GivenWindowTokens: not null, HasDroppedTokens: not null },
        CountUnreported => trial.CountedPromptTokens is not null,
        Reloaded => trial.Server.Load is not null,
        // The targets compared the stretches of a pass with times that the file does not have.
        ClocksDisagree => trial.Method != SweepMethod.IncrementalDepth && trial is
        {
            Client: { Sent: not null, TimeToFirstToken: not null, TimeToLastToken: not null },
            Server: { Prefill: not null, Generation: not null },
        },
        Interference => all.Run?.Telemetry.Count > 0,
        ReasoningFirst => trial.Client.TimeToFirstReasoning is not null,
        SharedServer => trial.ServerLoad is not null,
        Buffered =>
            trial.Arrivals is not null || all.Marks(trial) is not null || trial.Server is { Prefill: not null, Generation: not null },
        _ => false,
    };
}
