using MemoryWall.Core.Plan;
using MemoryWall.Core.Trials;

namespace MemoryWall.Analysis.Review;

/// <summary>The rules by which a trial has a rate. Each rule returns the reason against it, or null.</summary>
internal static class RateRules
{
    /// <summary>
    /// The client's clock starts with the first chunk, so tokens that came with that chunk took no time. Where chunks are at least this
    /// share of tokens, the rate is wrong by a tenth at most.
    /// </summary>
    private const double MinChunkShare = 0.9;

    /// <summary>
    /// Some servers cannot ignore an end-of-text token. An answer that ended early represents its depth if it has this share of the
    /// requested tokens, and is flagged; a shorter answer consists mostly of its first steps, which differ from the later ones.
    /// </summary>
    private const double MinOutputShare = 0.5;

    /// <summary>Why there is no prefill rate.</summary>
    public static string? CheckPrefill(Trial trial, PhaseTime? prefill) =>
        CheckPrefillOutcome(trial)
        ?? CheckCache(trial)
        ?? CheckPromptCount(trial)
        ?? CheckDuration(prefill)
        ?? CheckArrival(trial, prefill);

    /// <summary>Why there is no rate of the last batch of a trial with synthetic depth.</summary>
    public static string? CheckSyntheticPrefill(Trial trial, PhaseTime? prefill) =>
        CheckPrefillOutcome(trial)
        ?? CheckPromptCount(trial)
        ?? CheckDuration(prefill);

    /// <summary>Why there is no generation rate.</summary>
    public static string? CheckGeneration(Trial trial, PhaseTime? generation) =>
        CheckGenerationOutcome(trial)
        ?? CheckOutputLength(trial)
        ?? CheckDuration(generation)
        ?? CheckArrival(trial, generation)
        ?? CheckChunks(trial, generation!.Value);

    /// <summary>Prompt tokens that were computed, not taken from a cache.</summary>
    public static int? ComputedPromptTokens(Trial trial) =>
        trial.CountedPromptTokens - (IsIncremental(trial) ? 0 : trial.CachedPromptTokens ?? 0);

    // The cached tokens of an incremental pass were computed by the pass at smaller contexts, and the prefill time includes them.
    private static bool IsIncremental(Trial trial) => trial.Method == SweepMethod.IncrementalDepth;

    private static string? CheckPrefillOutcome(Trial trial) => trial.Outcome switch
    {
        // A thrashing trial ran to its end with confirmed counts, so its rates are true.
        Completed or Thrashing => null,
        // Prefill ends with the first token; a later failure does not change it.
        TimedOut { Phase: Phase.Generation } or OutOfMemory or TargetDied or Cancelled
            when trial.Client is not { TimeToFirstToken: null, TimeToFirstReasoning: null } => null,
        _ => $"the trial ended as {trial.Outcome.Kind}",
    };

    private static string? CheckGenerationOutcome(Trial trial) =>
        trial.Outcome is Completed or Thrashing ? null : $"the trial ended as {trial.Outcome.Kind}";

    private static string? CheckCache(Trial trial)
    {
        if (trial.Flags.HasFlag(TrialFlags.CacheHit))
            return "prompt tokens came from a cache";
        if (trial.Flags.HasFlag(TrialFlags.SuspectedCacheHit))
            return "prompt tokens are suspected to have come from a cache";
        if (trial.Flags.HasFlag(TrialFlags.SyntheticDepth))
            return "the depth was reached without computing the prompt";
        if (IsIncremental(trial))
            return null;
        if (trial.Flags.HasFlag(TrialFlags.WarmPrefix) && trial.CachedPromptTokens != 0)
            return "a prompt cache was used on purpose";
        return CacheHitRule.IsCacheHit(trial.CachedPromptTokens, trial.CountedPromptTokens) || trial.CachedPromptTokens < 0
            ? FormattableString.Invariant($"{trial.CachedPromptTokens} prompt tokens came from a cache")
            : null;
    }

    private static string? CheckPromptCount(Trial trial) => trial.CountedPromptTokens switch
    {
        null => "the target did not count the prompt",
        < 1 => "the target counted no prompt tokens",
        { } counted when counted != trial.ContextTokens =>
            FormattableString.Invariant($"the target counted {counted} prompt tokens instead of {trial.ContextTokens}"),
        _ => null,
    };

    private static string? CheckOutputLength(Trial trial) => trial.OutputTokens switch
    {
        null => "the target did not count its output",
        < 2 => "fewer than 2 tokens were generated",
        { } tokens when tokens < MinOutputShare * trial.OutputTokensAsked =>
            FormattableString.Invariant($"it stopped after {tokens} of {trial.OutputTokensAsked} tokens"),
        _ when trial.Flags.HasFlag(TrialFlags.TooShortForRate) => "it was too short",
        _ => null,
    };

    private static string? CheckDuration(PhaseTime? phase) => phase switch
    {
        null => "its duration is not known",
        { Duration.Ticks: 0 } => "its duration is 0",
        _ => null,
    };

    private static string? CheckArrival(Trial trial, PhaseTime? phase) =>
        phase?.Source == TimingSource.Client && trial.Flags.HasFlag(TrialFlags.Buffered)
            ? "the answer came all at once, so the client cannot tell when its tokens were made"
            : null;

    private static string? CheckChunks(Trial trial, PhaseTime generation) =>
        generation.Source == TimingSource.Client && trial.Chunks - 1 < MinChunkShare * (trial.OutputTokens - 1)
            && trial.Chunks < trial.OutputTokens - 1
            ? FormattableString.Invariant($"{trial.OutputTokens} tokens came in {trial.Chunks} chunks, so the client cannot time them")
            : null;
}
