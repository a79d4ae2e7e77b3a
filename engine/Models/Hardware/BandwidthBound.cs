using MemoryWall.Models.Forecast;

namespace MemoryWall.Models.Hardware;

/// <summary>
/// The most tokens per second that bandwidths allow. llama.cpp computes one layer after the other, so the times of graphics processors and
/// RAM add up; where rows are split, the processors work together. Storage is read ahead, so only the longer time counts.
/// </summary>
internal sealed class BandwidthBound(MachineSpec machine, MemoryBandwidths bandwidths)
{
    private readonly double? _ram = machine.Ram?.BytesPerSecond
        ?? (machine.IsUnified ? bandwidths.Unified : bandwidths.Ram)?.BytesPerSecond;
    private readonly double? _storage = machine.Storage?.BytesPerSecond ?? bandwidths.Storage?.BytesPerSecond;
    private readonly FitGap _ramGap = machine.IsUnified ? FitGap.UnifiedBandwidth : FitGap.RamBandwidth;

    /// <summary>A fit with its reads and its bound.</summary>
    /// <param name="fit">The fit.</param>
    /// <param name="reads">What a token reads; null where unknown.</param>
    /// <param name="settings">The settings, with the placement.</param>
    /// <param name="room">Bytes of RAM for weights, keys and values.</param>
    public MachineFit Apply(MachineFit fit, TokenReads? reads, ForecastSettings settings, long room)
    {
        if (reads is null)
            return fit with { BoundGap = FitGap.Weights };
        var host = reads.HostAlways + reads.HostExperts;
        var isOnStorage = fit.Tier == FitTier.Storage;
        var storage = isOnStorage ? Math.Max(0, host - room) : 0;
        fit = fit with { AcceleratorReadBytes = reads.Accelerators.Sum(), RamReadBytes = host, StorageReadBytes = storage };
        var gpuSeconds = SumGpuSeconds(reads, settings);
        var gap = gpuSeconds is null ? machine.IsUnified ? FitGap.UnifiedBandwidth : FitGap.GpuBandwidth
            : host > 0 && _ram is null ? _ramGap
            : storage > 0 && _storage is null ? FitGap.StorageBandwidth : FitGap.None;
        if (gap != FitGap.None)
            return fit with { BoundGap = gap };
        var memorySeconds = gpuSeconds!.Value + (host > 0 ? host / _ram!.Value : 0);
        // Every drafted token can be accepted, and one more comes with them.
        var tokens = 1 + settings.DraftTokens;
        double Rate(double storageBytes) => tokens / Math.Max(memorySeconds, storageBytes > 0 ? storageBytes / _storage!.Value : 0);
        var even = isOnStorage && reads.HostExpertsHeld > 0 ? EvenStorageBytes(reads, room) : storage;
        return fit with
        {
            MaxTokensPerSecond = Rate(storage),
            EvenExpertsTokensPerSecond = isOnStorage && reads.HostExpertsHeld > 0 && _storage is not null ? Rate(even) : null,
        };
    }

    // The room that is left beside what every token reads holds some experts, and a token finds its own among them by chance.
    private static double EvenStorageBytes(TokenReads reads, long room)
    {
        var left = Math.Max(0, room - reads.HostAlways);
        var held = Math.Min(1, left / reads.HostExpertsHeld);
        return Math.Max(0, reads.HostAlways - room) + reads.HostExperts * (1 - held);
    }

    private double? SumGpuSeconds(TokenReads reads, ForecastSettings settings)
    {
        var seconds = new List<double>();
        for (var i = 0; i < reads.Accelerators.Count; i++)
        {
            if (reads.Accelerators[i] <= 0)
                continue;
            var rate = machine.IsUnified ? _ram : machine.Gpus[i].BytesPerSecond ?? bandwidths.Gpu?.BytesPerSecond;
            if (rate is not { } known)
                return null;
            seconds.Add(reads.Accelerators[i] / known);
        }
        return settings.SplitRows ? seconds.DefaultIfEmpty(0).Max() : seconds.Sum();
    }
}
