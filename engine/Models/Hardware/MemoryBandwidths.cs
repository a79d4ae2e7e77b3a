using MemoryWall.Core.Units;

namespace MemoryWall.Models.Hardware;

/// <summary>The bandwidths of memories that a machine's description does not give itself.</summary>
public sealed record MemoryBandwidths
{
    private const string Example = "ram=60GB/s,gpu=1TB/s,storage=7GB/s";

    /// <summary>Nothing is known.</summary>
    internal static MemoryBandwidths None { get; } = new();

    /// <summary>Memory of a graphics processor; absent where unknown.</summary>
    public MemoryBandwidth? Gpu { get; init; }

    /// <summary>RAM; absent where unknown.</summary>
    public MemoryBandwidth? Ram { get; init; }

    /// <summary>Unified memory; absent where unknown.</summary>
    public MemoryBandwidth? Unified { get; init; }

    /// <summary>Storage, reading; absent where unknown.</summary>
    public MemoryBandwidth? Storage { get; init; }

    /// <summary>Reads <c>ram=60GB/s,gpu=1TB/s,unified=400GB/s,storage=7GB/s</c>; a memory that is left out is unknown.</summary>
    /// <exception cref="FormatException">A part cannot be read.</exception>
    internal static MemoryBandwidths Parse(string text)
    {
        var given = MemoryKinds.ParseList(text, Example).ToDictionary(entry => entry.Key,
            entry => new MemoryBandwidth(ByteRate.Parse(entry.Value)));
        return new MemoryBandwidths
        {
            Gpu = given.GetValueOrDefault(MemoryKind.Gpu),
            Ram = given.GetValueOrDefault(MemoryKind.Ram),
            Unified = given.GetValueOrDefault(MemoryKind.Unified),
            Storage = given.GetValueOrDefault(MemoryKind.Storage),
        };
    }

    /// <summary>These, and those of another where these are unknown.</summary>
    internal MemoryBandwidths Or(MemoryBandwidths other) => new()
    {
        Gpu = Gpu ?? other.Gpu,
        Ram = Ram ?? other.Ram,
        Unified = Unified ?? other.Unified,
        Storage = Storage ?? other.Storage,
    };
}

/// <summary>The bandwidth of a memory.</summary>
/// <param name="BytesPerSecond">Bytes per second that can be read, above 0.</param>
/// <param name="MeasuredBy">The run that measured it; null where the user gave it.</param>
/// <param name="IsDisturbed">Whether other programs ran while it was measured, so that it may be too low.</param>
public sealed record MemoryBandwidth(double BytesPerSecond, string? MeasuredBy = null, bool IsDisturbed = false);
