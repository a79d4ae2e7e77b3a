using System.Text.Json.Serialization;

namespace MemoryWall.Core.Facts;

/// <summary>
/// Peak memory bandwidth and arithmetic rate of this machine's processors, measured by two short tests. They are the denominators of MBU
/// and MFU. The engine's own loops reach them on the cores available to it; an inference library may be faster or slower.
/// </summary>
public sealed record MachineCeilings
{
    /// <summary>Bytes per second that all threads together read from RAM, best of several passes; absent where it could not be measured or
    /// other programs used the CPU in every pass.</summary>
    [JsonPropertyName("memory_read_bytes_per_second")]
    public double? MemoryReadBytesPerSecond { get; init; }

    /// <summary>32-bit floating-point operations per second (a fused multiply-add counts as two), best of several passes; absent for the
    /// same reasons.</summary>
    [JsonPropertyName("f32_flops_per_second")]
    public double? F32FlopsPerSecond { get; init; }

    /// <summary>Threads used by the tests.</summary>
    public int Threads { get; init; }

    /// <summary>Bytes in the buffers that the memory test read.</summary>
    public long BufferBytes { get; init; }

    /// <summary>Slowest over fastest pass of the memory test, 1 or more; it shows how steady the machine was. Absent without a second
    /// pass.</summary>
    public double? MemorySpread { get; init; }

    /// <summary>Slowest over fastest pass of the arithmetic test, 1 or more. Absent without a second pass.</summary>
    public double? ArithmeticSpread { get; init; }

    /// <summary>Reasons to treat the figures with care.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];
}
