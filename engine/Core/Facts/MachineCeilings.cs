using System.Text.Json.Serialization;

namespace MemoryWall.Core.Facts;

/// <summary>
/// What this machine's processors reached in two short tests, as denominators of MBU and MFU. They are what the engine's own loops
/// reached on the cores available to it, in the state the machine was in; an inference library may do better or worse.
/// </summary>
public sealed record MachineCeilings
{
    /// <summary>Bytes per second that all threads together read from RAM, best of several passes; absent where it could not be measured or
    /// other work took processors away in every pass.</summary>
    [JsonPropertyName("memory_read_bytes_per_second")]
    public double? MemoryReadBytesPerSecond { get; init; }

    /// <summary>32-bit floating-point operations per second (a fused multiply-add counts as two), best of several passes; absent as for
    /// memory.</summary>
    [JsonPropertyName("f32_flops_per_second")]
    public double? F32FlopsPerSecond { get; init; }

    /// <summary>Threads used.</summary>
    public int Threads { get; init; }

    /// <summary>Bytes in the buffers that were read.</summary>
    public long BufferBytes { get; init; }

    /// <summary>Worst over best pass of the memory test, 1 or more: how steady the machine was. Absent where there was no second
    /// pass.</summary>
    public double? MemorySpread { get; init; }

    /// <summary>Worst over best pass of the arithmetic test, 1 or more. Absent where there was no second pass.</summary>
    public double? ArithmeticSpread { get; init; }

    /// <summary>Reasons to read the figures with care.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];
}
