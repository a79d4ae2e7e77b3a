using System.Reflection;
using System.Text.Json.Serialization;
using MemoryWall.Analysis.Telemetry;
using MemoryWall.Core.Trials;

namespace MemoryWall.Analysis.Review;

/// <summary>
/// A reason not to trust a trial, with the values that it rests on. Only <see cref="TrialReview"/> yields doubts, and nothing stores them:
/// they are derived when a run is read. All values are absent where only a file of schema 1 states the doubt.
/// </summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(EarlyStop), "early_stop")]
[JsonDerivedType(typeof(TooShortForRate), "too_short_for_rate")]
[JsonDerivedType(typeof(CacheHit), "cache_hit")]
[JsonDerivedType(typeof(SuspectedCacheHit), "suspected_cache_hit")]
[JsonDerivedType(typeof(ColdPrefix), "cold_prefix")]
[JsonDerivedType(typeof(Queued), "queued")]
[JsonDerivedType(typeof(ContextCapped), "context_capped")]
[JsonDerivedType(typeof(CountUnreported), "count_unreported")]
[JsonDerivedType(typeof(Reloaded), "reloaded")]
[JsonDerivedType(typeof(ClocksDisagree), "clocks_disagree")]
[JsonDerivedType(typeof(Interference), "interference")]
[JsonDerivedType(typeof(ReasoningFirst), "reasoning")]
[JsonDerivedType(typeof(SharedServer), "shared_server")]
[JsonDerivedType(typeof(Buffered), "buffered")]
[JsonDerivedType(typeof(ExcessReuse), "excess_reuse")]
[JsonDerivedType(typeof(CountMismatch), "count_mismatch")]
[JsonDerivedType(typeof(Superseded), "superseded")]
public abstract record Doubt
{
    private static readonly Dictionary<Type, string> s_kinds = typeof(Doubt).GetCustomAttributes<JsonDerivedTypeAttribute>()
        .ToDictionary(derived => derived.DerivedType, derived => (string)derived.TypeDiscriminator!);

    /// <summary>The name of a kind.</summary>
    internal static string KindOf<T>()
        where T : Doubt => s_kinds[typeof(T)];

    private protected Doubt()
    {
    }

    /// <summary>The kinds of all doubts, in the order in which they are shown.</summary>
    internal static List<string> Kinds { get; } =
        [.. typeof(Doubt).GetCustomAttributes<JsonDerivedTypeAttribute>().Select(derived => (string)derived.TypeDiscriminator!)];

    /// <summary>The doubt's name in tables and JSON: lower case, words joined by underscores.</summary>
    [JsonIgnore]
    public string Kind => s_kinds[GetType()];
}

/// <summary>Fewer tokens were generated than requested.</summary>
/// <param name="Tokens">Tokens that the target counted; absent where only its stop reason shows it.</param>
/// <param name="Asked">Tokens requested.</param>
internal sealed record EarlyStop(int? Tokens, int? Asked) : Doubt;

/// <summary>Too few tokens, or too little time, for a generation rate.</summary>
/// <param name="Tokens">Tokens that the target counted; absent where it does not report them.</param>
internal sealed record TooShortForRate(int? Tokens) : Doubt;

/// <summary>The target reports more cached prompt tokens than the few at the start of a chat template.</summary>
/// <param name="CachedTokens">Prompt tokens from the cache.</param>
/// <param name="PromptTokens">All prompt tokens; absent where the target does not report them.</param>
internal sealed record CacheHit(int? CachedTokens, int? PromptTokens) : Doubt;

/// <summary>Prefill was implausibly fast, which suggests a cache hit that the target does not report.</summary>
/// <param name="Seconds">Seconds that prefill took.</param>
/// <param name="MinSeconds">Seconds that it takes at the least.</param>
/// <param name="ByProcessorBound">Whether that bound is the one of this machine's processors; otherwise the run's other trials give
/// it.</param>
/// <param name="ComparedTrials">The trials of the nearest contexts that give the bound.</param>
internal sealed record SuspectedCacheHit(double? Seconds, double? MinSeconds, bool ByProcessorBound, IReadOnlyList<int> ComparedTrials)
    : Doubt
{
    /// <summary>The contexts over which prefill took the same time, so that it was computed at none of them; absent where a bound gives the
    /// doubt.</summary>
    public IReadOnlyList<int>? FlatContexts { get; init; }
}

/// <summary>With a prompt cache on purpose, the trial found less of its prompt in the cache than another of its context.</summary>
/// <param name="CachedTokens">Prompt tokens that it found.</param>
/// <param name="MaxCachedTokens">The most that a trial of this context found.</param>
internal sealed record ColdPrefix(int? CachedTokens, int? MaxCachedTokens) : Doubt;

/// <summary>The request waited for another request.</summary>
/// <param name="Wait">The queue time that the server reports, or with concurrent streams the wait that its report does not
/// explain.</param>
internal sealed record Queued([property: JsonPropertyName("wait_seconds")] TimeSpan? Wait) : Doubt;

/// <summary>The target gave a smaller context than requested, or dropped tokens of it.</summary>
/// <param name="GivenTokens">The context window that the target reports; absent where it does not report it.</param>
/// <param name="AskedTokens">The context window requested.</param>
internal sealed record ContextCapped(int? GivenTokens, int? AskedTokens) : Doubt;

/// <summary>The target did not report its own count of the prompt tokens: N is our own count.</summary>
internal sealed record CountUnreported : Doubt;

/// <summary>The model was loaded again within the timed request.</summary>
/// <param name="Load">The load time that the server reports.</param>
internal sealed record Reloaded([property: JsonPropertyName("load_seconds")] TimeSpan? Load) : Doubt;

/// <summary>The client's timings and those that the server reports differ by more than the tolerance.</summary>
/// <param name="Client">How long something took by the client's clock: the time to the first token, generation, or the whole
/// request.</param>
/// <param name="Server">How long the same took by the server's report.</param>
internal sealed record ClocksDisagree(
    [property: JsonPropertyName("client_seconds")] TimeSpan? Client,
    [property: JsonPropertyName("server_seconds")] TimeSpan? Server) : Doubt;

/// <summary>Other work on the machine, the hypervisor or throttling interfered with the trial.</summary>
/// <param name="Phases">The phases in which it did.</param>
internal sealed record Interference(IReadOnlyList<DisturbedPhase> Phases) : Doubt;

/// <summary>A phase with interference.</summary>
/// <param name="Phase">The phase.</param>
/// <param name="Readings">The readings that show it.</param>
internal sealed record DisturbedPhase(Phase Phase, IReadOnlyList<Evidence> Readings);

/// <summary>Reasoning tokens arrived before the first content token.</summary>
/// <param name="After">When the first of them arrived, after the request was sent.</param>
internal sealed record ReasoningFirst([property: JsonPropertyName("after_seconds")] TimeSpan? After) : Doubt;

/// <summary>The server reports that it processed other requests at the same time.</summary>
/// <param name="OtherRequests">Requests of other clients just before the step; absent where the server does not report them.</param>
/// <param name="OtherPromptTokens">Prompt tokens that it processed beyond those of the step; absent where one of the counts is.</param>
/// <param name="OtherOutputTokens">Tokens that it generated beyond those of the step; absent where one of the counts is.</param>
internal sealed record SharedServer(long? OtherRequests, long? OtherPromptTokens, long? OtherOutputTokens) : Doubt;

/// <summary>The response arrived at once or in a few large pieces: the arrival times do not show when tokens were generated.</summary>
/// <param name="Pieces">Separate arrivals.</param>
/// <param name="Tokens">Tokens in them.</param>
/// <param name="HasReportedRates">Whether the target reports the durations of both phases: then only the time to the first token is
/// false.</param>
internal sealed record Buffered(int? Pieces, int? Tokens, bool HasReportedRates = false) : Doubt
{
    /// <summary>Tokens that arrived together with the first, which is one of them; absent where all pieces were large.</summary>
    public int? FirstTokens { get; init; }
}

/// <summary>The target claims to have reused more of a conversation than it can know.</summary>
/// <param name="CachedTokens">Prompt tokens that it reports as reused.</param>
/// <param name="KnownTokens">Prompt tokens that an earlier request had.</param>
internal sealed record ExcessReuse(int? CachedTokens, int? KnownTokens) : Doubt;

/// <summary>The target counts other prompt tokens of a conversation than planned, as with a chat template; N is the planned
/// number.</summary>
/// <param name="PlannedTokens">The planned number.</param>
/// <param name="CountedTokens">The target's count.</param>
internal sealed record CountMismatch(int? PlannedTokens, int? CountedTokens) : Doubt;

/// <summary>The turn belongs to a level that was interrupted, and was measured again later.</summary>
/// <param name="ByTrial">The later trial.</param>
internal sealed record Superseded(int? ByTrial) : Doubt;
