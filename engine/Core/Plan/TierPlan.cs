using System.Text.Json.Serialization;

namespace MemoryWall.Core.Plan;

/// <summary>
/// The managed storage tier of the embedded server: what does not fit in memory is kept in a folder on storage and is read ahead of its
/// use, instead of being paged by the operating system.
/// </summary>
public sealed record TierPlan
{
    /// <summary>The largest size or rate that makes sense, so that no sum of them overflows.</summary>
    internal const long MaxBytes = 1L << 50;

    /// <summary>The slowest device that is emulated, in bytes per second: a transfer of it takes seconds, and cannot be stopped.</summary>
    internal const long MinBandwidth = 1_000_000;

    /// <summary>The longest delay of each read and write: a hundred of them make a load too long to wait for.</summary>
    internal const long MaxLatencyNanoseconds = 100_000_000;

    /// <summary>The folder on the storage device.</summary>
    public required string Folder { get; init; }

    /// <summary>The largest memory of weights, KV cache and ring buffers, in bytes; absent for what the cap leaves.</summary>
    public long? MemoryBytes { get; init; }

    /// <summary>The largest size of the tier on storage, in bytes; absent for the free space of the device.</summary>
    public long? StorageBytes { get; init; }

    /// <summary>Limits reads and writes to this rate, to emulate a slower device; absent for the device's own rate. With a limit, results
    /// are marked as emulated.</summary>
    public long? BandwidthBytesPerSecond { get; init; }

    /// <summary>Delays each read and write, to emulate a slower device; absent for no delay. With a delay, results are marked as
    /// emulated.</summary>
    public TimeSpan? Latency { get; init; }

    /// <summary>Whether the tier emulates a slower device.</summary>
    [JsonIgnore]
    public bool IsEmulated => BandwidthBytesPerSecond is not null || Latency > TimeSpan.Zero;
}
