using MemoryWall.Core.Units;

namespace MemoryWall.Machine.Caps;

/// <summary>How much a capped process may swap.</summary>
/// <param name="Limit">The most that may be swapped out; null for no limit.</param>
internal sealed record SwapPolicy(ByteSize? Limit)
{
    /// <summary>No limit. The same as <see cref="Off"/> where the machine has no swap.</summary>
    public static SwapPolicy Allowed { get; } = new((ByteSize?)null);

    /// <summary>No swap: a process that exceeds the cap is killed, or its allocations fail.</summary>
    public static SwapPolicy Off { get; } = new(new ByteSize(0));

    /// <summary><c>allowed</c>, <c>off</c>, or the limit.</summary>
    public override string ToString() => Limit switch
    {
        null => "allowed",
        { Bytes: 0 } => "off",
        { } limit => $"up to {limit}",
    };
}
