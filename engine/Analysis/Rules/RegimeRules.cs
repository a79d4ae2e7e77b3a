using MemoryWall.Core.Units;

namespace MemoryWall.Analysis.Rules;

/// <summary>Where the memory of a trial was. Readings of capped runs of the presets are the evidence.</summary>
internal sealed record RegimeRules
{
    /// <summary>Bytes from storage for each token up to which nothing spills. Default 1 MiB: under a tight limit the runtime's code is read
    /// again.</summary>
    public double MinSpillBytes { get; init; } = ByteSize.MiB;

    /// <summary>Share of the bytes that a token reads from which a trial counts as reading from storage. Default 0.1: a little is read
    /// again whenever memory is full.</summary>
    public double MinSpillShare { get; init; } = 0.1;

    /// <summary>A smaller share counts if the trial is slower than expected by this factor. Default 1.5: a few page faults per token can
    /// cause that.</summary>
    public double SpillSlowdown { get; init; } = 1.5;

    /// <summary>How often a prefill reads the weights and the cache from storage to have waited for storage. Default 2: once is the
    /// load.</summary>
    public double MinPrefillRereads { get; init; } = 2;

    /// <summary>The slowdown from which a trial that reads from storage counts as thrashing, and another as slowed. Default 2: half of the
    /// throughput is lost.</summary>
    public double CollapseSlowdown { get; init; } = 2;

    /// <summary>The multiple of the largest context measured in memory up to which its time per token is extrapolated, where the bytes that
    /// a token reads are unknown. Default 2: a search doubles its contexts, and a time that is linear in the depth at most doubles with it;
    /// without a limit, a server four times too slow at 14k was as fast as expected at 64k.</summary>
    public double MaxExpectedReach { get; init; } = 2;

    /// <summary>Without a reference trial: the share of its bytes that a token reads from storage if it waits for storage. Default
    /// 0.5.</summary>
    public double CollapseShare { get; init; } = 0.5;

    /// <summary>Share of the model that must be on the accelerator to count as all of it. Default 0.98: servers keep a few buffers in
    /// RAM.</summary>
    public double MinAcceleratorShare { get; init; } = 0.98;

    /// <summary>Bytes from storage in a phase that exceeded its time limit from which it was paging. Default 64 MiB: logs, libraries and
    /// first accesses read less.</summary>
    public long MinPagedBytes { get; init; } = 64 * ByteSize.MiB;
}
