using MemoryWall.Analysis.Telemetry;
using MemoryWall.Machine.Sampling;
using MemoryWall.Reporting.Formats;

namespace MemoryWall.Cli.Views;

/// <summary>The machine now, as small bars: CPU, GPU, memory tiers, disk, and the server's memory. Unknown values are left out.</summary>
internal static class MachineStatusLine
{
    // A second and a half at 100 Hz.
    private const int SampleCount = 150;
    private const int BarWidth = 8;

    /// <summary>As many bars as fit, the most important first; empty without telemetry.</summary>
    public static string Format(Sampler? sampler, int width) =>
        sampler is null
            ? ""
            : TerminalRow.JoinToWidth(FormatParts(MachineSnapshot.FromSamples(sampler.Schema, sampler.Latest(SampleCount))), "  ", width);

    /// <summary>The bars, the most important first.</summary>
    public static IEnumerable<string> FormatParts(MachineSnapshot now)
    {
        if (now.BusyCores is { } busy)
            yield return $"CPU {Bar(busy / now.LogicalCores)} {NumberFormat.RateNumber(busy)}";
        if (now.GpuUtilization is { } gpu)
            yield return $"GPU {Bar(gpu)}";
        if (now is { GpuMemoryUsedBytes: { } used, GpuMemoryTotalBytes: > 0 and var vram })
            yield return $"VRAM {Bar(used / vram)}";
        if (now is { MemoryTotalBytes: > 0 and var total, MemoryAvailableBytes: { } available })
            yield return $"RAM {Bar(1 - available / total)}";
        if (now is { CgroupBytes: { } group, CgroupLimitBytes: > 0 and var limit })
            yield return $"cap {Bar(group / limit)}";
        if (now.DiskBusy is { } disk)
            yield return $"disk {Bar(disk)}{(now.DiskReadBytesPerSecond is >= 1e6 and var read ? $" {NumberFormat.Bandwidth(read)}" : "")}";
        if (now.ServerAnonBytes + now.ServerFileBytes is { } server)
            yield return $"server {NumberFormat.Bytes(server)}";
        if (now.ServerSwapBytes is > 0 and var swapped)
            yield return $"swapped {NumberFormat.Bytes(swapped)}";
    }

    private static string Bar(double share) => BarFormat.Format(share, BarWidth);
}
