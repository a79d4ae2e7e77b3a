using MemoryWall.Analysis.Rules;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Trials;

namespace MemoryWall.Analysis.Review;

/// <summary>The rules by which a trial has a rate. They take its doubts as they are. Each rule returns the reason against a rate, or
/// null.</summary>
/// <param name="trial">The trial.</param>
/// <param name="doubts">Its doubts.</param>
/// <param name="arrived">How its chunks arrived; null where that is not known.</param>
/// <param name="rules">The thresholds.</param>
internal sealed class RateRules(Trial trial, IReadOnlyList<Doubt> doubts, ArrivalPattern? arrived, TrialRules rules)
{
    /// <summary>Why there is no prefill rate.</summary>
    public ExclusionReason? CheckPrefill(PhaseTime? prefill) =>
        CheckPrefillOutcome() ?? CheckCache() ?? CheckPromptCount() ?? CheckDuration(prefill) ?? CheckArrival(prefill);

    /// <summary>Why there is no rate of the last batch of a trial with synthetic depth.</summary>
    public ExclusionReason? CheckSyntheticPrefill(PhaseTime? prefill) =>
        CheckPrefillOutcome() ?? CheckPromptCount() ?? CheckDuration(prefill);

    /// <summary>Why there is no generation rate.</summary>
    public ExclusionReason? CheckGeneration(PhaseTime? generation) =>
        CheckGenerationOutcome()
        ?? CheckOutputLength()
        ?? CheckDuration(generation)
        ?? CheckArrival(generation)
        ?? CheckChunks(generation!.Value)
        ?? CheckFirstArrival(generation.Value);

    /// <summary>Prompt tokens that were computed, not taken from a cache.</summary>
    public int? ComputedPromptTokens => trial.CountedPromptTokens - (IsIncremental ? 0 : trial.CachedPromptTokens ?? 0);

    // The cached tokens of an incremental pass were computed by the pass at smaller contexts, and the prefill time includes them.
    private bool IsIncremental => trial.Method == SweepMethod.IncrementalDepth;

    private ExclusionReason? CheckPrefillOutcome() => trial.Outcome switch
    {
        // A thrashing trial, of schema 1, has rates where it ran to its end with confirmed counts.
        Completed or Thrashing => null,
        // Prefill ends with the first token; a later failure does not change it.
        TimedOut { Phase: Phase.Generation } or OutOfMemory or TargetDied or Cancelled
            when trial.Client is not { TimeToFirstToken: null, TimeToFirstReasoning: null } => null,
        _ => new NotCompleted(trial.Outcome.Kind),
    };

    private ExclusionReason? CheckGenerationOutcome() =>
        trial.Outcome is Completed or Thrashing ? null : new NotCompleted(trial.Outcome.Kind);

    private ExclusionReason? CheckCache()
    {
        if (Find(doubt => doubt is CacheHit or SuspectedCacheHit) is { } doubted)
            return doubted;
        // The count of skipped tokens comes with the end of the answer.
        if (trial is { SkippedPromptTokens: > 0 }
            or { Method: SweepMethod.SyntheticDepth, SkippedPromptTokens: null, Outcome: not Completed })
            return new PrefillSkipped();
        if (IsIncremental)
            return null;
        if (trial.Flags.HasFlag(TrialFlags.WarmPrefix) && trial.CachedPromptTokens != 0)
            return new CacheOnPurpose();
        return trial.CachedPromptTokens is < 0 and var cached ? new InvalidCachedCount(cached) : null;
    }

    private ExclusionReason? CheckPromptCount() => trial.CountedPromptTokens switch
    {
        null => new PromptNotCounted(),
        { } counted when counted < 1 || counted != trial.ContextTokens => new PromptMiscounted(counted, trial.ContextTokens),
        _ => null,
    };

    private ExclusionReason? CheckOutputLength() => trial.OutputTokens switch
    {
        null => new OutputNotCounted(),
        { } tokens when tokens < 2 || tokens < rules.MinOutputShare * trial.OutputTokensAsked =>
            new OutputTooShort(tokens, trial.OutputTokensAsked),
        _ => null,
    };

    private static ExclusionReason? CheckDuration(PhaseTime? phase) => phase switch
    {
        null => new NoDuration(IsZero: false),
        { Duration.Ticks: 0 } => new NoDuration(IsZero: true),
        _ => null,
    };

    private ExclusionReason? CheckArrival(PhaseTime? phase) =>
        phase?.Source == TimingSource.Client ? Find(doubt => doubt is Buffered) : null;

    private ExclusionReason? CheckChunks(PhaseTime generation) =>
        generation.Source == TimingSource.Client && trial.Chunks - 1 < rules.MinChunkShare * (trial.OutputTokens - 1)
            && trial.Chunks < trial.OutputTokens - 1
            ? new SharedChunks(trial.OutputTokens, trial.Chunks)
            : null;

    // The client's clock starts with the first arrival: the tokens that came with it took no time.
    private BunchedArrivals? CheckFirstArrival(PhaseTime generation) =>
        generation.Source == TimingSource.Client
            && trial.OutputTokens is > 1 and var tokens && arrived is { Pieces: > 0 and var arrivals, InFirst: > 1 and var first }
            && first - 1 > (1 - rules.MinChunkShare) * (tokens - 1)
            ? new BunchedArrivals(tokens, arrivals)
            : null;

    private Doubted? Find(Func<Doubt, bool> isReason) =>
        doubts.Where(isReason).Take(1).ToList() is { Count: 1 } found ? new Doubted(found) : null;
}
