using MemoryWall.Analysis.Reports;
using MemoryWall.Models.Hardware;

namespace MemoryWall.Analysis.Predictions;

/// <summary>The bandwidths that a run measured: of the RAM before it began, and of the storage where it had a tier on it.</summary>
internal static class MeasuredBandwidths
{
    /// <summary>What the run measured; a memory that it did not measure is absent. Of the storage it is the fastest measurement, since it
    /// is to be a bound; an emulated device is none.</summary>
    public static MemoryBandwidths Find(RunReport run)
    {
        var (manifest, ceilings) = (run.Manifest, run.Manifest.Ceilings);
        var storage = run.Run.Trials.Where(trial => trial.Tier is { IsEmulated: false })
            .Max(trial => trial.Tier!.DirectReadBytesPerSecond);
        return new MemoryBandwidths
        {
            Ram = ceilings?.MemoryReadBytesPerSecond is > 0 and var ram
                ? new MemoryBandwidth(ram, manifest.RunId, ceilings.Notes.Count > 0) : null,
            Storage = storage is > 0 and var read ? new MemoryBandwidth(read, manifest.RunId) : null,
        };
    }
}
