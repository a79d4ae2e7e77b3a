using MemoryWall.Analysis.Telemetry;
using MemoryWall.Charts;
using MemoryWall.Reporting.Formats;

namespace MemoryWall.Reporting.Tables;

/// <summary>Memory tiers and load of a machine now, as bars. An unknown value has no row.</summary>
internal static class MachineLoadTable
{
    private const int BarWidth = 20;

    public static TextTable Create(MachineSnapshot now) => new(
        [new("now", IsNumber: false), new("", IsNumber: false), new("", IsNumber: false)],
        [.. ListLoads(now).Where(load => load.Share is { } share && double.IsFinite(share))
            .Select(load => (string[])[load.Name, BarFormat.Format(load.Share!.Value, BarWidth), load.Value])]);

    private static IEnumerable<(string Name, double? Share, string Value)> ListLoads(MachineSnapshot now)
    {
        yield return ("tier 1, accelerator memory", now.GpuMemoryUsedBytes / now.GpuMemoryTotalBytes,
            $"{NumberFormat.Bytes(now.GpuMemoryUsedBytes)} of {NumberFormat.Bytes(now.GpuMemoryTotalBytes)}");
        yield return ("tier 2, RAM used", 1 - now.MemoryAvailableBytes / now.MemoryTotalBytes,
            $"{NumberFormat.Bytes(now.MemoryTotalBytes - now.MemoryAvailableBytes)} of {NumberFormat.Bytes(now.MemoryTotalBytes)}");
        yield return ("RAM used by the server", (now.ServerAnonBytes + now.ServerFileBytes) / now.MemoryTotalBytes,
            $"{NumberFormat.Bytes(now.ServerAnonBytes)} anonymous, {NumberFormat.Bytes(now.ServerFileBytes)} mapped files");
        if (now.CgroupLimitBytes is not null)
            yield return ("memory limit", now.CgroupBytes / now.CgroupLimitBytes,
                $"{NumberFormat.Bytes(now.CgroupBytes)} of {NumberFormat.Bytes(now.CgroupLimitBytes)}");
        if (now.ServerSwapBytes is > 0)
            yield return ("server memory in swap", now.ServerSwapBytes / now.MemoryTotalBytes, NumberFormat.Bytes(now.ServerSwapBytes));
        yield return ("tier 3, disk busy", now.DiskBusy, $"{NumberFormat.Bandwidth(now.DiskReadBytesPerSecond)} read");
        yield return ("processors", now.BusyCores / now.LogicalCores,
            $"{NumberFormat.Number(now.BusyCores)} cores, server {NumberFormat.Number(now.ServerCores)}");
        yield return ("accelerator", now.GpuUtilization, NumberFormat.Percent(now.GpuUtilization));
    }
}
