using System.Text.Json.Serialization;

namespace MemoryWall.Core.Plan;

/// <summary>
/// The managed storage tier of the embedded server: what does not fit in memory lies in a folder on storage and is streamed ahead of its
/// use, instead of being paged by the system.
/// </summary>
public sealed record TierPlan
{
    /// <summary>The folder on the storage to be used.</summary>
    public required string Folder { get; init; }

    /// <summary>The most memory that weights, KV cache and rings may take, in bytes; absent for what the cap leaves.</summary>
    public long? MemoryBytes { get; init; }

    /// <summary>The most that the tier may keep on storage, in bytes; absent for what the storage has free.</summary>
    public long? StorageBytes { get; init; }

    /// <summary>Reads and writes are slowed to this rate, to stand for a slower device; absent for what the device gives. Results are
    /// emulated, then.</summary>
    public long? BandwidthBytesPerSecond { get; init; }

    /// <summary>Added to each read and write, to stand for a slower device; absent for none. Results are emulated, then.</summary>
    public TimeSpan? Latency { get; init; }

    /// <summary>Whether the storage is slowed down to stand for another device.</summary>
    [JsonIgnore]
    public bool IsEmulated => BandwidthBytesPerSecond is not null || Latency > TimeSpan.Zero;
}
