using System.Text.Json.Serialization;

namespace MemoryWall.Analysis.Walls;

/// <summary>What the memory regime of a trial rests on.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "kind")]
[JsonDerivedType(typeof(OutcomeEvidence), "outcome")]
[JsonDerivedType(typeof(PagingEvidence), "paging")]
[JsonDerivedType(typeof(StreamingEvidence), "streaming")]
[JsonDerivedType(typeof(StorageReadEvidence), "storage_reads")]
[JsonDerivedType(typeof(PrefillReadEvidence), "prefill_reads")]
[JsonDerivedType(typeof(OffloadEvidence), "offload")]
[JsonDerivedType(typeof(SpeedEvidence), "speed")]
internal abstract record RegimeEvidence
{
    private protected RegimeEvidence()
    {
    }
}

/// <summary>The trial failed.</summary>
/// <param name="Outcome">The kind of its outcome.</param>
/// <param name="Detail">The evidence of the outcome, in the words of the server or the kernel.</param>
/// <param name="OomKills">Kills for lack of memory that the kernel counted while the server ended; absent where there was none.</param>
internal sealed record OutcomeEvidence(string Outcome, string Detail, long? OomKills) : RegimeEvidence;

/// <summary>A phase exceeded its time limit while the server's pages were read again.</summary>
/// <param name="Detail">The phase and its limit, in the words of the outcome.</param>
/// <param name="ReadBytes">Bytes read from storage in that phase; absent where unknown.</param>
/// <param name="FileRefaults">Evicted file pages that were read again; absent where unknown.</param>
/// <param name="AnonymousRefaults">Evicted anonymous pages that were swapped in again; absent where unknown.</param>
/// <param name="LimitHits">How often an allocation hit the memory limit; absent where unknown.</param>
internal sealed record PagingEvidence(string Detail, long? ReadBytes, long? FileRefaults, long? AnonymousRefaults, long? LimitHits)
    : RegimeEvidence;

/// <summary>The storage tier streams a part of the model's memory from storage by design.</summary>
/// <param name="Bytes">Bytes of weights and KV cache that it streams for each token.</param>
internal sealed record StreamingEvidence(long Bytes) : RegimeEvidence;

/// <summary>Storage was read during generation, or was not.</summary>
/// <param name="BytesPerToken">Bytes read for each token.</param>
/// <param name="AnonymousRefaults">Evicted anonymous pages that were swapped in again; absent where unknown.</param>
/// <param name="FileRefaults">Evicted file pages that were read again; absent where unknown.</param>
internal sealed record StorageReadEvidence(double BytesPerToken, long? AnonymousRefaults, long? FileRefaults) : RegimeEvidence
{
    /// <summary>Whether the bytes are a lower bound, from page faults that each read a page or more.</summary>
    public bool IsLowerBound { get; init; }

    /// <summary>Bytes of a server without a limit of its own that were in swap at the end of the trial; absent where unknown.</summary>
    public long? SwapBytes { get; init; }
}

/// <summary>Prefill read storage.</summary>
/// <param name="Bytes">Bytes read during prefill.</param>
internal sealed record PrefillReadEvidence(long Bytes) : RegimeEvidence;

/// <summary>Which part of the model's memory is on the accelerator.</summary>
/// <param name="ResidentBytes">Bytes of the model's memory; absent where unknown.</param>
/// <param name="AcceleratorBytes">Bytes of it on the accelerator.</param>
internal sealed record OffloadEvidence(long? ResidentBytes, long AcceleratorBytes) : RegimeEvidence;

/// <summary>The server's memory cannot be read: only the speed is known.</summary>
/// <param name="IsAsExpected">Whether the trial was as fast as expected at its depth; absent without an expectation.</param>
internal sealed record SpeedEvidence(bool? IsAsExpected) : RegimeEvidence;
