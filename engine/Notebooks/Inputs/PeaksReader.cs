using MemoryWall.Analysis.Predictions;
using MemoryWall.Core.Units;

namespace MemoryWall.Notebooks.Inputs;

/// <summary>Reads the peaks of a machine from the figures of its data sheet.</summary>
internal static class PeaksReader
{
    private const double Tera = 1e12;

    /// <summary>The peaks.</summary>
    /// <exception cref="FormatException">A figure cannot be read; the message names it.</exception>
    public static MachinePeaks Read(string memory, string bandwidth, double teraflops) => new(
        CellOption.Parse(nameof(memory), () => ByteSize.Parse(memory)).Bytes,
        CellOption.Parse(nameof(bandwidth), () => ByteRate.Parse(bandwidth)),
        teraflops > 0 && double.IsFinite(teraflops)
            ? teraflops * Tera
            : throw new FormatException($"teraflops: {teraflops} is not a peak above 0; for example 165"));
}
