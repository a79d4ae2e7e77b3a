using System.Globalization;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Units;

namespace MemoryWall.Cli.Commands;

/// <summary>Reads <c>--tier</c> and what goes with it.</summary>
internal static class TierOptionParser
{
    /// <summary>The plan; null where no tier is asked for.</summary>
    /// <exception cref="FormatException">An option's text cannot be read; the message names it.</exception>
    public static TierPlan? Parse(string? tier, string? storage, string? bandwidth, string? latency)
    {
        if (tier is null)
            return (storage ?? bandwidth ?? latency) is null
                ? null
                : throw new FormatException(
                    $"{(storage is not null ? "--tier-storage" : bandwidth is not null ? "--tier-bandwidth" : "--tier-latency")}: it needs --tier");
        // A folder's name may hold commas; what follows the last one is a budget where it can be read as one.
        var comma = tier.LastIndexOf(',');
        var budget = comma > 0 && ByteSize.TryParse(tier[(comma + 1)..], out var size) ? size : (ByteSize?)null;
        var folder = budget is null ? tier : tier[..comma];
        if (comma > 0 && budget is null && !Directory.Exists(tier))
            throw new FormatException($"--tier: '{tier[(comma + 1)..]}' is no budget; write for example /mnt/nvme,2G");
        return new TierPlan
        {
            Folder = folder.Length > 0
                ? Path.GetFullPath(folder)
                : throw new FormatException("--tier: a folder is missing; write for example /mnt/nvme,2G"),
            MemoryBytes = budget?.Bytes,
            StorageBytes = storage is null ? null
                : ByteSize.TryParse(storage, out var most)
                    ? most.Bytes
                    : throw new FormatException($"--tier-storage: '{storage}' is no size; write for example 20G"),
            BandwidthBytesPerSecond = bandwidth is null ? null : ParseRate(bandwidth),
            Latency = latency is null ? null : ParseLatency(latency),
        };
    }

    private static long ParseRate(string text) =>
        text.EndsWith("/s", StringComparison.Ordinal) && ByteSize.TryParse(text[..^2], out var size) && size.Bytes > 0
            ? size.Bytes
            : throw new FormatException($"--tier-bandwidth: '{text}' is no rate; write for example 500MB/s or 3.5GB/s");

    private static TimeSpan ParseLatency(string text)
    {
        var unit = text.AsSpan().TrimStart("0123456789.").ToString();
        double? seconds = unit switch { "us" or "µs" => 1e-6, "ms" => 1e-3, "s" => 1, _ => null };
        return seconds is { } factor
            && double.TryParse(text.AsSpan(0, text.Length - unit.Length), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture,
                out var number) && number * factor is > 0 and <= 10
            ? TimeSpan.FromSeconds(number * factor)
            : throw new FormatException($"--tier-latency: '{text}' is no latency; write for example 100us or 5ms, up to 10s");
    }
}
