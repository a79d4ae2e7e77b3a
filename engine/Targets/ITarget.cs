using MemoryWall.Core.Facts;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Time;
using MemoryWall.Core.Trials;
using MemoryWall.Models.Vocabularies;

namespace MemoryWall.Targets;

/// <summary>
/// An inference server under test, behind one protocol. What a server does wrong is a value in the report, never an exception;
/// exceptions are for callers' bugs. A cancelled token ends a call early with what was seen until then.
/// </summary>
internal interface ITarget : IAsyncDisposable
{
    /// <summary>Asks the target what it is and whether it has the model.</summary>
    Task<TargetProbeResult> ProbeAsync(CancellationToken cancellation);

    /// <summary>The model's vocabulary; null where the target does not tell it.</summary>
    Task<Vocabulary?> GetVocabularyAsync(CancellationToken cancellation);

    /// <summary>Tokens that the target would count for this prompt, with what it adds itself; null where it cannot say.</summary>
    Task<int?> CountTokensAsync(string prompt, CancellationToken cancellation);

    /// <summary>Whether <see cref="CountTokensAsync"/> computes the prompt, which its cache may then keep; known once it was called. Where
    /// it is not known, it does.</summary>
    bool CountRunsPrefill => true;

    /// <summary>Makes the model ready with a context window, outside any timed request.</summary>
    Task<LoadReport> LoadAsync(int windowTokens, CancellationToken cancellation);

    /// <summary>What the server tells of its own work now, for all its clients; null where it tells nothing. Bounded in time, and asked
    /// beside timed requests only.</summary>
    Task<ServerState?> GetServerStateAsync(CancellationToken cancellation) => Task.FromResult<ServerState?>(null);

    /// <summary>One timed inference.</summary>
    /// <param name="request">What to send.</param>
    /// <param name="live">Told of each mark as it arrives, on the stream's own thread: it must return at once. May be null.</param>
    /// <param name="cancellation">The user's wish to stop; the limits are in the request.</param>
    Task<InferenceReport> InferAsync(InferenceRequest request, Action<StreamMark>? live, CancellationToken cancellation);
}

/// <summary>What a target told of itself, or why it could not.</summary>
/// <param name="Facts">What it told; null where it could not be asked.</param>
/// <param name="Problem">Why it could not be asked, or what is wrong (model missing); null where all is well.</param>
internal sealed record TargetProbeResult(TargetFacts? Facts, Outcome? Problem);

/// <summary>A server's own account of its work at one moment. Counters run since it was started; what it does not tell is absent.</summary>
internal sealed record ServerState
{
    /// <summary>Requests that it is working on.</summary>
    public int? RunningRequests { get; init; }

    /// <summary>Requests that wait at it.</summary>
    public int? WaitingRequests { get; init; }

    /// <summary>Prompt tokens taken in.</summary>
    public long? PromptTokens { get; init; }

    /// <summary>Prompt tokens taken from its cache.</summary>
    public long? CachedTokens { get; init; }

    /// <summary>Tokens generated.</summary>
    public long? GeneratedTokens { get; init; }

    /// <summary>Requests set aside to make room for others.</summary>
    public long? Preemptions { get; init; }

    /// <summary>Part of its KV cache in use, 0 to 1.</summary>
    public double? KvCacheUsage { get; init; }
}

/// <summary>How a load went.</summary>
/// <param name="Started">When the load request went out.</param>
/// <param name="Duration">How long it took; absent where the target has no load apart from its first request.</param>
/// <param name="Outcome">How it ended.</param>
/// <param name="WindowTokens">The context window that the target says it has now; absent where it does not say.</param>
internal sealed record LoadReport(Instant Started, TimeSpan? Duration, Outcome Outcome, int? WindowTokens)
{
    /// <summary>Bytes of the KV cache; absent where the target does not say.</summary>
    public long? KvBytes { get; init; }

    /// <summary>Bytes of the compute buffers; absent where the target does not say.</summary>
    public long? ComputeBytes { get; init; }

    /// <summary>Bytes held for model and context in all; absent where the target does not say.</summary>
    public long? ResidentBytes { get; init; }

    /// <summary>Of those, bytes in accelerator memory; absent where the target does not say.</summary>
    public long? AcceleratorBytes { get; init; }

    /// <summary>The storage tier's plan; absent where there is none.</summary>
    public TierUse? Tier { get; init; }

    /// <summary>What was done otherwise than asked, and why, in sentences: fields that the target would not take, a window that it cannot
    /// give.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];
}

/// <summary>One inference to run.</summary>
/// <param name="Prompt">The prompt.</param>
/// <param name="WindowTokens">The context window (num_ctx), the one that was loaded.</param>
/// <param name="OutputTokens">Tokens to generate.</param>
/// <param name="Limits">How long each phase may take.</param>
/// <param name="WarmPrefix">Whether a prompt cache may be used, on purpose.</param>
/// <param name="SkipPromptTokens">
/// Prompt tokens, from the first and fewer than all, that are to take their place in the KV cache without being computed; 0 for none. A
/// target that cannot (<see cref="TargetFacts.CanSkipPrefill"/>) computes them, and its report says so by its absent
/// <see cref="InferenceReport.SkippedPromptTokens"/>.
/// </param>
internal sealed record InferenceRequest(
    Prompt Prompt, int WindowTokens, int OutputTokens, PhaseLimits Limits, bool WarmPrefix = false, int SkipPromptTokens = 0)
{
    /// <summary>Whether other streams of ours run at the same time: a wait before prefill that the target does not tell is then a
    /// queue.</summary>
    public bool IsConcurrent { get; init; }

    /// <summary>What is done with the prompt's KV cache beside; a target without a storage tier does nothing
    /// (<see cref="TargetOptions.Tier"/>).</summary>
    public KvCacheAction KvCacheAction { get; init; }
}

/// <summary>What a storage tier does with the KV cache of a prompt.</summary>
internal enum KvCacheAction
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>Saves it when the answer is done.</summary>
    Save,

    /// <summary>Takes up the longest saved one that the prompt begins with, instead of computing it.</summary>
    Resume,
}

/// <summary>What was seen of one inference. The counts are the target's own; nobody has compared them with N yet.</summary>
internal sealed record InferenceReport
{
    /// <summary>How it ended as far as the protocol can tell.</summary>
    public required Outcome Outcome { get; init; }

    /// <summary>Points on the run's clock; its load is absent here.</summary>
    public required ClientTimings Client { get; init; }

    /// <summary>Durations reported by the target.</summary>
    public ServerTimings Server { get; init; } = new();

    /// <summary>Durations around the inference library's calls.</summary>
    public NativeTimings Native { get; init; } = new();

    /// <summary>Prompt tokens that the target counted.</summary>
    public int? CountedPromptTokens { get; init; }

    /// <summary>Of those, taken from a cache.</summary>
    public int? CachedPromptTokens { get; init; }

    /// <summary>Of those, the first that were not computed, as the target tells; absent where all were.</summary>
    public int? SkippedPromptTokens { get; init; }

    /// <summary>What the storage tier planned and moved; absent where there is none.</summary>
    public TierUse? Tier { get; init; }

    /// <summary>Tokens that it generated.</summary>
    public int? OutputTokens { get; init; }

    /// <summary>Why it stopped, in its own word.</summary>
    public string? StopReason { get; init; }

    /// <summary>What arrived, in order.</summary>
    public required IReadOnlyList<StreamMark> Marks { get; init; }

    /// <summary>What the protocol itself gives reason to doubt.</summary>
    public TrialFlags Flags { get; init; }

    /// <summary>What was done otherwise than asked, and why, in sentences.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];
}
