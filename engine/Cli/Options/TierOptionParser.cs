using System.Globalization;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Units;

namespace MemoryWall.Cli.Options;

/// <summary>Reads <c>--tier</c> and the options that belong to it.</summary>
internal static class TierOptionParser
{
    /// <summary>The tier's plan; null without <c>--tier</c>.</summary>
    /// <exception cref="FormatException">An option's text cannot be read; the message names it.</exception>
    public static TierPlan? Parse(string? tier, string? storage, string? bandwidth, string? latency)
    {
        if (tier is null)
        {
            (string Option, string? Text)[] parts =
                [("--tier-storage", storage), ("--tier-bandwidth", bandwidth), ("--tier-latency", latency)];
            return parts.FirstOrDefault(part => part.Text is not null) is { Option: { } option }
                ? throw new FormatException($"{option} needs --tier; for example --tier /mnt/nvme,2G")
                : null;
        }
        // A folder's name may contain commas. The text after the last one is a budget if it is a size.
        var comma = tier.LastIndexOf(',');
        var budget = comma > 0 && ByteSize.TryParse(tier[(comma + 1)..], out var size) ? size : (ByteSize?)null;
        var folder = budget is null ? tier : tier[..comma];
        if (comma > 0 && budget is null && !Directory.Exists(tier))
            throw new FormatException($"--tier: '{tier[(comma + 1)..]}' is not a size; for example --tier /mnt/nvme,2G");
        return new TierPlan
        {
            Folder = folder.Length > 0
                ? Path.GetFullPath(folder)
                : throw new FormatException("--tier: the folder is missing; for example --tier /mnt/nvme,2G"),
            MemoryBytes = budget?.Bytes,
            StorageBytes = OptionParser.ParseSize("--tier-storage", storage)?.Bytes,
            BandwidthBytesPerSecond = bandwidth is null ? null : ParseRate(bandwidth),
            Latency = latency is null ? null : ParseLatency(latency),
        };
    }

    private static long ParseRate(string text) =>
        text.EndsWith("/s", StringComparison.Ordinal) && ByteSize.TryParse(text[..^2], out var size) && size.Bytes > 0
            ? size.Bytes
            : throw new FormatException($"--tier-bandwidth: '{text}' is not a bandwidth; for example --tier-bandwidth 500MB/s");

    private static TimeSpan ParseLatency(string text)
    {
        var unit = text.AsSpan().TrimStart("0123456789.").ToString();
        double? seconds = unit switch { "us" or "µs" => 1e-6, "ms" => 1e-3, "s" => 1, _ => null };
        return seconds is { } factor
            && double.TryParse(text.AsSpan(0, text.Length - unit.Length), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture,
                out var number) && number * factor is > 0 and <= 10
            ? TimeSpan.FromSeconds(number * factor)
            : throw new FormatException(
                $"--tier-latency: '{text}' is not a latency above 0, at most 10s; for example --tier-latency 100us");
    }
}
