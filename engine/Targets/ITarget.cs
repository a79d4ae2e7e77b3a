using MemoryWall.Core.Facts;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Time;
using MemoryWall.Core.Trials;
using MemoryWall.Models.Vocabularies;

namespace MemoryWall.Targets;

/// <summary>
/// An inference server under test. A failure of the server is a value in the report, never an exception; exceptions are for bugs of
/// the caller. Cancellation ends a call early, and its result contains what was seen until then.
/// </summary>
internal interface ITarget : IAsyncDisposable
{
    /// <summary>Asks the target what it is and whether it has the model.</summary>
    Task<TargetProbeResult> ProbeAsync(CancellationToken cancellation);

    /// <summary>The model's vocabulary; null where the target does not report it.</summary>
    Task<Vocabulary?> GetVocabularyAsync(CancellationToken cancellation);

    /// <summary>Tokens that the target would count for this prompt, including tokens that it adds, or why it does not count them.</summary>
    Task<TokenCountResult> CountTokensAsync(string prompt, CancellationToken cancellation);

    /// <summary>Whether <see cref="CountTokensAsync"/> computes the prompt, which may leave it in the prompt cache. Reliable after the
    /// first call; before it, true.</summary>
    bool CountRunsPrefill => true;

    /// <summary>Makes the model ready with a context window, outside any timed request.</summary>
    Task<LoadReport> LoadAsync(int windowTokens, CancellationToken cancellation);

    /// <summary>The server's current load from all its clients; null where the server does not report it. Limited in time, and never
    /// called during a timed request.</summary>
    Task<ServerState?> GetServerStateAsync(CancellationToken cancellation) => Task.FromResult<ServerState?>(null);

    /// <summary>One timed inference.</summary>
    /// <param name="request">What to send.</param>
    /// <param name="live">Receives each mark as it arrives, on the thread that reads the stream, so it must return at once. May be
    /// null.</param>
    /// <param name="cancellation">Ends the inference when the user stops the run; the time limits are in the request.</param>
    Task<InferenceReport> InferAsync(InferenceRequest request, Action<StreamMark>? live, CancellationToken cancellation);
}

/// <summary>What a target reports about itself, or why it does not.</summary>
/// <param name="Facts">The target's properties; null where it did not answer.</param>
/// <param name="Problem">Why the target did not answer, or what is wrong with it (such as a missing model); null where there is no
/// problem.</param>
internal sealed record TargetProbeResult(TargetFacts? Facts, Outcome? Problem);

/// <summary>The load of a server at one moment, as the server reports it. Counters run since its start. What it does not report is
/// absent.</summary>
internal sealed record ServerState
{
    /// <summary>Requests that the server is processing.</summary>
    public int? RunningRequests { get; init; }

    /// <summary>Requests that wait in the server's queue.</summary>
    public int? WaitingRequests { get; init; }

    /// <summary>Prompt tokens processed.</summary>
    public long? PromptTokens { get; init; }

    /// <summary>Prompt tokens taken from the prompt cache.</summary>
    public long? CachedTokens { get; init; }

    /// <summary>Tokens generated.</summary>
    public long? GeneratedTokens { get; init; }

    /// <summary>Tokens that speculative decoding drafted.</summary>
    public long? DraftTokens { get; init; }

    /// <summary>Drafted tokens that the model accepted.</summary>
    public long? AcceptedDraftTokens { get; init; }

    /// <summary>Requests that the server preempted to free KV cache for others.</summary>
    public long? Preemptions { get; init; }

    /// <summary>Fraction of the KV cache in use, 0 to 1.</summary>
    public double? KvCacheUsage { get; init; }
}

/// <summary>How a load went.</summary>
/// <param name="Started">When the load request went out.</param>
/// <param name="Duration">How long the load took; absent where the target loads only as part of its first request.</param>
/// <param name="Outcome">How the load ended.</param>
/// <param name="WindowTokens">The context window after the load, in tokens; absent where the target does not report it.</param>
internal sealed record LoadReport(Instant Started, TimeSpan? Duration, Outcome Outcome, int? WindowTokens)
{
    /// <summary>Bytes of the KV cache; absent where the target does not report them.</summary>
    public long? KvBytes { get; init; }

    /// <summary>Bytes of the compute buffers; absent where the target does not report them.</summary>
    public long? ComputeBytes { get; init; }

    /// <summary>Bytes of memory for the model and its context together; absent where the target does not report them.</summary>
    public long? ResidentBytes { get; init; }

    /// <summary>The part of <see cref="ResidentBytes"/> in accelerator memory; absent where the target does not report it.</summary>
    public long? AcceleratorBytes { get; init; }

    /// <summary>The storage tier's plan; absent where there is none.</summary>
    public TierUse? Tier { get; init; }

    /// <summary>Sentences that say what differs from the request, and why: fields that the target refused, or a smaller
    /// window.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];
}

/// <summary>One inference to run.</summary>
/// <param name="Prompt">The prompt.</param>
/// <param name="WindowTokens">The context window (num_ctx) that was loaded, in tokens.</param>
/// <param name="OutputTokens">Tokens to generate.</param>
/// <param name="Limits">How long each phase may take.</param>
/// <param name="WarmPrefix">Whether the server may use its prompt cache.</param>
/// <param name="SkipPromptTokens">
/// Tokens at the start of the prompt, fewer than all, whose prefill is skipped: they occupy the KV cache without being computed. 0 skips
/// none. A target without <see cref="TargetFacts.CanSkipPrefill"/> computes them, and
/// <see cref="InferenceReport.SkippedPromptTokens"/> is then absent.
/// </param>
internal sealed record InferenceRequest(
    Prompt Prompt, int WindowTokens, int OutputTokens, PhaseLimits Limits, bool WarmPrefix = false, int SkipPromptTokens = 0)
{
    /// <summary>Whether the prompt's KV cache is saved or resumed; a target without a storage tier ignores it
    /// (<see cref="TargetOptions.Tier"/>).</summary>
    public KvCacheAction KvCacheAction { get; init; }

    /// <summary>Whether the request is a turn of a conversation, which uses and keeps the target's cache of conversations
    /// (<see cref="TargetOptions.ConversationCache"/>). Its answer is then that of a prompt that is computed from its first token.
    /// A target without such a cache ignores it.</summary>
    public bool KeepsConversation { get; init; }

    /// <summary>Whether each token of the answer is to be the most likely one, so that answers can be compared. A target that otherwise
    /// draws tokens, to avoid an early end, then has temperature 0.</summary>
    public bool IsGreedy { get; init; }
}

/// <summary>What a storage tier does with the KV cache of a prompt.</summary>
internal enum KvCacheAction
{
    /// <summary>Neither saves nor resumes it.</summary>
    None,

    /// <summary>Saves it after the answer.</summary>
    Save,

    /// <summary>Loads the longest saved KV cache that is a prefix of the prompt, instead of computing that prefix.</summary>
    Resume,
}

/// <summary>What was observed of one inference. The counts are the target's own and have not been compared with N.</summary>
internal sealed record InferenceReport
{
    /// <summary>How the inference ended, as far as the protocol shows.</summary>
    public required Outcome Outcome { get; init; }

    /// <summary>Times on the run's clock; the load time is absent here.</summary>
    public required ClientTimings Client { get; init; }

    /// <summary>Durations reported by the target.</summary>
    public ServerTimings Server { get; init; } = new();

    /// <summary>Durations inside the inference library, as the target reports them.</summary>
    public NativeTimings Native { get; init; } = new();

    /// <summary>Prompt tokens that the target counted; absent where it does not report them.</summary>
    public int? CountedPromptTokens { get; init; }

    /// <summary>The part of <see cref="CountedPromptTokens"/> that came from a cache; absent where the target does not report
    /// it.</summary>
    public int? CachedPromptTokens { get; init; }

    /// <summary>Tokens at the start of the prompt whose prefill was skipped, as the target reports; absent where none was.</summary>
    public int? SkippedPromptTokens { get; init; }

    /// <summary>What the storage tier planned and moved; absent where there is none.</summary>
    public TierUse? Tier { get; init; }

    /// <summary>What the target did with its cache of conversations; absent where it does not report it.</summary>
    public ConversationUse? Conversation { get; init; }

    /// <summary>The answer without reasoning; absent where the request is no turn of a conversation.</summary>
    public string? AnswerText { get; init; }

    /// <summary>The ids of the answer's tokens; absent where the target does not report them, or the request is no turn of a
    /// conversation.</summary>
    public IReadOnlyList<int>? AnswerTokens { get; init; }

    /// <summary>Tokens that the target counted as generated; absent where it does not report them.</summary>
    public int? OutputTokens { get; init; }

    /// <summary>Tokens that speculative decoding drafted; 0 where the target speculates and drafted none, absent where it reports no
    /// speculation.</summary>
    public int? DraftTokens { get; init; }

    /// <summary>The part of <see cref="DraftTokens"/> that the model accepted; absent where the target does not report it.</summary>
    public int? AcceptedDraftTokens { get; init; }

    /// <summary>Why generation stopped, as the target names it; absent where it does not say.</summary>
    public string? StopReason { get; init; }

    /// <summary>What arrived, in order of arrival.</summary>
    public required IReadOnlyList<StreamMark> Marks { get; init; }

    /// <summary>The context window that the target reports to have, in tokens; absent where it does not report it.</summary>
    public int? GivenWindowTokens { get; init; }

    /// <summary>Whether the target reports that it dropped tokens of the window; absent where it does not report it.</summary>
    public bool? HasDroppedTokens { get; init; }

    /// <summary>Sentences that say what differs from the request, and why.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];
}

/// <summary>What a target did with its cache of conversations for one request. Tokens that came from storage are in
/// <see cref="TierUse.ResumedTokens"/>, and all reused ones in <see cref="InferenceReport.CachedPromptTokens"/>. What the target does not
/// report is absent.</summary>
internal sealed record ConversationUse
{
    /// <summary>Reused tokens that came from copies in memory.</summary>
    public int? RamTokens { get; init; }

    /// <summary>Bytes of those copies.</summary>
    public long? RamBytes { get; init; }

    /// <summary>How long it took to bring them into the context; absent also where none came from copies.</summary>
    public TimeSpan? RamTime { get; init; }

    /// <summary>KV caches of conversations that were dropped since the request before.</summary>
    public int? Evictions { get; init; }

    /// <summary>Bytes that were written to storage since the request before, to keep conversations.</summary>
    public long? SavedBytes { get; init; }

    /// <summary>Bytes that were read from storage into copies since the request before, ahead of their use.</summary>
    public long? ReadAheadBytes { get; init; }

    /// <summary>How long the request waited in the server's queue.</summary>
    public TimeSpan? Queue { get; init; }

    /// <summary>How long it took, before the prompt, to keep the conversation that had the context.</summary>
    public TimeSpan? Save { get; init; }

    /// <summary>Why a conversation was not kept or not used; absent where there is no such reason.</summary>
    public string? Note { get; init; }
}
