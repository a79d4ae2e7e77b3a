using System.Text.Json.Serialization;

namespace MemoryWall.Analysis.Review;

/// <summary>Why a trial has no rate, is in no summary, or has no times between its tokens.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(NotCompleted), "not_completed")]
[JsonDerivedType(typeof(Doubted), "doubted")]
[JsonDerivedType(typeof(PrefillSkipped), "prefill_skipped")]
[JsonDerivedType(typeof(CacheOnPurpose), "cache_on_purpose")]
[JsonDerivedType(typeof(InvalidCachedCount), "invalid_cached_count")]
[JsonDerivedType(typeof(PromptNotCounted), "prompt_not_counted")]
[JsonDerivedType(typeof(PromptMiscounted), "prompt_miscounted")]
[JsonDerivedType(typeof(OutputNotCounted), "output_not_counted")]
[JsonDerivedType(typeof(OutputTooShort), "output_too_short")]
[JsonDerivedType(typeof(NoDuration), "no_duration")]
[JsonDerivedType(typeof(TooFewChunks), "too_few_chunks")]
[JsonDerivedType(typeof(SharedChunks), "shared_chunks")]
[JsonDerivedType(typeof(BunchedArrivals), "bunched_arrivals")]
[JsonDerivedType(typeof(SpeculatedTokens), "speculated_tokens")]
[JsonDerivedType(typeof(FallingMarks), "falling_marks")]
[JsonDerivedType(typeof(OtherClock), "other_clock")]
public abstract record ExclusionReason
{
    private protected ExclusionReason()
    {
    }
}

/// <summary>The trial did not do what was asked.</summary>
/// <param name="Outcome">How it ended, by the name of its outcome.</param>
internal sealed record NotCompleted(string Outcome) : ExclusionReason;

/// <summary>The trial is doubted.</summary>
/// <param name="Doubts">The doubts that exclude it.</param>
internal sealed record Doubted(IReadOnlyList<Doubt> Doubts) : ExclusionReason;

/// <summary>The depth was reached without computing the prompt.</summary>
internal sealed record PrefillSkipped : ExclusionReason;

/// <summary>A prompt cache was used on purpose.</summary>
internal sealed record CacheOnPurpose : ExclusionReason;

/// <summary>The target's count of cached tokens cannot be one.</summary>
/// <param name="CachedTokens">The count.</param>
internal sealed record InvalidCachedCount(int CachedTokens) : ExclusionReason;

/// <summary>The target did not count the prompt.</summary>
internal sealed record PromptNotCounted : ExclusionReason;

/// <summary>The target counted another number of prompt tokens than were sent.</summary>
/// <param name="Counted">Its count.</param>
/// <param name="Sent">Tokens sent.</param>
internal sealed record PromptMiscounted(int Counted, int Sent) : ExclusionReason;

/// <summary>The target did not count its output.</summary>
internal sealed record OutputNotCounted : ExclusionReason;

/// <summary>The output is too short for a rate at its depth.</summary>
/// <param name="Tokens">Tokens generated.</param>
/// <param name="Asked">Tokens requested.</param>
internal sealed record OutputTooShort(int Tokens, int Asked) : ExclusionReason;

/// <summary>The duration of the phase is not known, or it is 0.</summary>
/// <param name="IsZero">Whether it is 0.</param>
internal sealed record NoDuration(bool IsZero) : ExclusionReason;

/// <summary>Too few chunks arrived for times between tokens.</summary>
/// <param name="Chunks">Chunks with tokens.</param>
internal sealed record TooFewChunks(int Chunks) : ExclusionReason;

/// <summary>Chunks contained several tokens, so that the client cannot time each of them.</summary>
/// <param name="Tokens">Tokens generated; absent where their number is not known.</param>
/// <param name="Chunks">Chunks that they came in.</param>
/// <param name="WithSeveral">Chunks that are known to have contained several; absent where the target does not report it.</param>
internal sealed record SharedChunks(int? Tokens, int Chunks, int? WithSeveral = null) : ExclusionReason;

/// <summary>Several tokens arrived at a time, so that the client cannot time each of them.</summary>
/// <param name="Tokens">Tokens.</param>
/// <param name="Arrivals">Separate arrivals of them.</param>
internal sealed record BunchedArrivals(int Tokens, int Arrivals) : ExclusionReason;

/// <summary>Speculative decoding yields several tokens at a time, so that there is no time between two of them.</summary>
internal sealed record SpeculatedTokens : ExclusionReason;

/// <summary>The marks of the trial do not rise in time.</summary>
internal sealed record FallingMarks : ExclusionReason;

/// <summary>The tokens are timed by another clock than those of the other trials.</summary>
internal sealed record OtherClock : ExclusionReason;
