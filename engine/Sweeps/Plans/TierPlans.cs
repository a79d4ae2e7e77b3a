using System.Globalization;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Units;

namespace MemoryWall.Sweeps.Plans;

/// <summary>Reads the settings of the managed storage tier.</summary>
internal static class TierPlans
{
    /// <summary>A tier in a folder, with a budget of memory where one follows: <c>/mnt/nvme,2G</c>.</summary>
    /// <exception cref="FormatException">The folder is missing, or what follows it is no size.</exception>
    public static TierPlan Parse(string text)
    {
        // A folder's name may contain commas. The text after the last one is a budget if it is a size.
        var comma = text.LastIndexOf(',');
        var budget = comma > 0 && ByteSize.TryParse(text[(comma + 1)..], out _) ? ByteSize.Parse(text[(comma + 1)..]) : (ByteSize?)null;
        var folder = budget is null ? text : text[..comma];
        if (comma > 0 && budget is null && !Directory.Exists(text))
            throw new FormatException($"'{text[(comma + 1)..]}' is not a size; for example /mnt/nvme,2G");
        return new TierPlan
        {
            Folder = folder.Length > 0
                ? Path.GetFullPath(folder)
                : throw new FormatException("the folder is missing; for example /mnt/nvme,2G"),
            MemoryBytes = budget?.Bytes,
        };
    }

    /// <summary>The tier on storage that is slowed down to a rate, with a latency where one follows: <c>550MB/s,100us</c>.</summary>
    /// <exception cref="FormatException">A part is neither a bandwidth nor a latency.</exception>
    public static TierPlan Emulate(TierPlan tier, string device)
    {
        var parts = device.Split(',', 2);
        return tier with
        {
            BandwidthBytesPerSecond = ByteRate.Parse(parts[0]),
            Latency = parts.Length > 1 ? ParseLatency(parts[1]) : null,
        };
    }

    /// <summary>A delay: <c>100us</c>, <c>2ms</c>.</summary>
    /// <exception cref="FormatException">The text is no delay.</exception>
    public static TimeSpan ParseLatency(string text)
    {
        var unit = text.AsSpan().TrimStart("0123456789.").ToString();
        double? seconds = unit switch { "us" or "µs" => 1e-6, "ms" => 1e-3, "s" => 1, _ => null };
        return seconds is { } factor
            && double.TryParse(text.AsSpan(0, text.Length - unit.Length), NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture,
                out var number) && number * factor is > 0 and <= TierPlan.MaxLatencyNanoseconds / 1e9
            ? TimeSpan.FromTicks((long)Math.Round(number * factor * TimeSpan.TicksPerSecond))
            : throw new FormatException($"'{text}' is not a latency above 0, at most 100ms; for example 100us");
    }
}
