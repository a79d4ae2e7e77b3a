using System.Globalization;
using MemoryWall.Analysis.Telemetry;
using MemoryWall.Telemetry;
using MemoryWall.Units;

namespace MemoryWall.Cli.Views;

/// <summary>The machine now, as small bars: processors, memory, the server's share of it, disk, accelerator. What is not known is left out.</summary>
internal static class MachineLine
{
    private const int Rows = 40;
    private const int Width = 8;

    /// <summary>The bars with a gap before them; empty where nothing is watched.</summary>
    public static string Of(Sampler? sampler)
    {
        if (sampler is null)
            return "";
        var parts = Parts(MachineNow.Of(sampler.Schema, sampler.Latest(Rows))).ToList();
        return parts.Count == 0 ? "" : "   " + string.Join("  ", parts);
    }

    private static IEnumerable<string> Parts(MachineNow now)
    {
        if (now.BusyCores is { } busy)
            yield return $"CPU {Bar(busy / Environment.ProcessorCount)} {busy.ToString("0.0", CultureInfo.InvariantCulture)}";
        if (now is { MemoryTotalBytes: { } total, MemoryAvailableBytes: { } available })
            yield return $"RAM {Bar(1 - available / total)}";
        if (now.ServerAnonBytes + now.ServerFileBytes is { } server)
            yield return $"server {new ByteSize((long)server)}";
        if (now.ServerSwapBytes is > 0 and var swapped)
            yield return $"swapped {new ByteSize((long)swapped)}";
        if (now is { GroupBytes: { } group, GroupLimitBytes: > 0 and var limit } && limit < 1L << 60)
            yield return $"cap {Bar(group / limit)}";
        if (now.DiskBusy is { } disk)
            yield return $"disk {Bar(disk)}";
        if (now.GpuUtilization is { } gpu)
            yield return $"GPU {Bar(gpu)}";
        if (now is { GpuMemoryUsedBytes: { } used, GpuMemoryTotalBytes: > 0 and var vram })
            yield return $"VRAM {Bar(used / vram)}";
    }

    private static string Bar(double share)
    {
        var full = (int)Math.Round(Math.Clamp(share, 0, 1) * Width);
        return new string('█', full) + new string('░', Width - full);
    }
}
