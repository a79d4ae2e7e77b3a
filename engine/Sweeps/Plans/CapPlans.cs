using MemoryWall.Core.Facts;
using MemoryWall.Core.Units;
using MemoryWall.Machine.Caps;

namespace MemoryWall.Sweeps.Plans;

/// <summary>Reads memory caps and their swap.</summary>
internal static class CapPlans
{
    /// <summary>The swap that a system has unless a plan says otherwise.</summary>
    public const string SwapAllowed = "allowed";

    /// <summary>The sizes of caps: <c>700MiB</c>, <c>50%</c> of RAM, or a list.</summary>
    /// <param name="text">The sizes.</param>
    /// <param name="machine">The machine whose RAM a share is taken of.</param>
    /// <exception cref="FormatException">An entry is no size, or a share of an unknown RAM.</exception>
    public static IReadOnlyList<ByteSize> ParseSizes(string text, MachineFacts machine)
    {
        var whole = new[] { machine.MemoryTotalBytes, machine.MemoryLimitBytes }.Min();
        return [.. CapSize.ParseList(text).Select(size => size.Percent is null || whole is not null
            ? size.Resolve(new ByteSize(whole ?? 0))
            : throw new FormatException(
                $"'{size}' is a share of RAM, but the size of RAM is unknown; write a size, for example 700MiB"))];
    }

    /// <summary>The swap of a cap in bytes; null for all swap of the machine.</summary>
    /// <exception cref="FormatException">The text is neither <c>allowed</c>, <c>off</c> nor a size.</exception>
    public static long? ParseSwap(string text) => text switch
    {
        SwapAllowed => null,
        "off" => 0,
        _ when ByteSize.TryParse(text, out _) => ByteSize.Parse(text).Bytes,
        _ => throw new FormatException($"'{text}' is unknown; write allowed, off, or a size such as 1G"),
    };
}
