using MemoryWall.Core.Plan;
using MemoryWall.Core.Units;
using MemoryWall.Sweeps.Plans;

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
        return OptionParser.Parse("--tier", () => TierPlans.Parse(tier)) with
        {
            StorageBytes = OptionParser.ParseSize("--tier-storage", storage)?.Bytes,
            BandwidthBytesPerSecond = bandwidth is null
                ? null
                : OptionParser.Parse("--tier-bandwidth", () => ByteRate.Parse(bandwidth)),
            Latency = latency is null ? null : OptionParser.Parse("--tier-latency", () => TierPlans.ParseLatency(latency)),
        };
    }
}
