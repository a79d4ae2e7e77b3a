using System.Text.Json.Serialization;
using MemoryWall.Statistics;

namespace MemoryWall.Analysis.Sessions;

/// <summary>RAM of a cache.</summary>
/// <param name="Bytes">Its size.</param>
/// <param name="BytesPerSecond">How fast the context gets a KV cache from it, such as over PCIe; null where that takes no time.</param>
internal sealed record RamSize(long Bytes, long? BytesPerSecond = null);

/// <summary>Storage below the RAM of a cache.</summary>
/// <param name="Bytes">Its size.</param>
/// <param name="BytesPerSecond">How fast it is read.</param>
internal sealed record StorageSize(long Bytes, long BytesPerSecond);

/// <summary>Two quantiles of a time.</summary>
/// <param name="P50">The median, in seconds.</param>
/// <param name="P95">What 95% of the requests do not exceed, in seconds.</param>
internal sealed record TimeQuantiles(double P50, double P95)
{
    /// <summary>The quantiles of one time or more.</summary>
    public static TimeQuantiles Of(double[] seconds)
    {
        Array.Sort(seconds);
        return new TimeQuantiles(Quantiles.QuantileOfSorted(seconds, 0.5), Quantiles.QuantileOfSorted(seconds, 0.95));
    }
}

/// <summary>What a cache of given sizes makes of a trace: one server that answers one request after the other, in the order in which they
/// arrive. Loading is not overlapped with computing, and writing costs no time.</summary>
internal sealed record CacheForecast
{
    /// <summary>RAM of the cache in bytes; absent where it has no limit.</summary>
    public long? RamBytes { get; init; }

    /// <summary>How fast the context gets a KV cache from there; absent where that takes no time.</summary>
    public long? RamBytesPerSecond { get; init; }

    /// <summary>Storage below it; absent for none.</summary>
    public StorageSize? Storage { get; init; }

    /// <summary>Share of all blocks that was found in RAM, 0 to 1.</summary>
    public required double RamShare { get; init; }

    /// <summary>Share of all blocks that was found on storage, 0 to 1.</summary>
    public required double StorageShare { get; init; }

    /// <summary>Share of all blocks that had to be computed, 0 to 1.</summary>
    public double MissShare => 1 - RamShare - StorageShare;

    /// <summary>Share of all prompt tokens that were reused, 0 to 1: less than the share of blocks where a server reuses whole batches
    /// only.</summary>
    public required double ReusedShare { get; init; }

    /// <summary>Time to the first token: queue, load and the rest of the prompt.</summary>
    public required TimeQuantiles Ttft { get; init; }

    /// <summary>The same without the queue.</summary>
    public required TimeQuantiles TtftWithoutQueue { get; init; }

    /// <summary>Seconds of work that arrive in each second, on average: from 1 on the queue grows without an end, and
    /// <see cref="Ttft"/> is mostly the length of the trace. Absent where all requests arrive at once.</summary>
    public required double? Load { get; init; }

    /// <summary>Bytes that were read from storage.</summary>
    public required double LoadedBytes { get; init; }

    /// <summary>Bytes that were written to storage.</summary>
    public required double WrittenBytes { get; init; }

    /// <summary>Each request, in the order of the trace.</summary>
    [JsonIgnore]
    public IReadOnlyList<RequestForecast> Requests { get; init; } = [];

    /// <summary>Whether the queue grows without an end.</summary>
    public bool IsOverloaded => Load >= 1;
}
