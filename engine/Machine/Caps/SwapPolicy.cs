using MemoryWall.Core.Units;

namespace MemoryWall.Machine.Caps;

/// <summary>How much a capped process may swap.</summary>
/// <param name="Limit">The most that may be swapped out; null for as much as the machine has.</param>
internal sealed record SwapPolicy(ByteSize? Limit)
{
    /// <summary>As much as the machine has. Where it has none this is the same as <see cref="Off"/>.</summary>
    public static SwapPolicy Allowed { get; } = new((ByteSize?)null);

    /// <summary>None: beyond the cap the process is killed or refused.</summary>
    public static SwapPolicy Off { get; } = new(new ByteSize(0));

    /// <summary>In words: <c>allowed</c>, <c>off</c>, or the limit.</summary>
    public override string ToString() => Limit is not { } limit ? "allowed"
        : limit.Bytes == 0 ? "off" : $"up to {limit}";
}
