using MemoryWall.Core.Units;
using MemoryWall.Experiments.Cells;

namespace MemoryWall.Experiments.Slurm;

/// <summary>The tasks of a job array: all ask Slurm for the same.</summary>
/// <param name="Cells">The numbers of their cells, in order.</param>
/// <param name="Offset">A task's index is its cell's number less this.</param>
/// <param name="MemoryMebibytes">Memory of a task; null for the partition's default.</param>
/// <param name="Threads">Processors of a task; null for the partition's default.</param>
internal sealed record SlurmArray(IReadOnlyList<int> Cells, int Offset, long? MemoryMebibytes, int? Threads);

/// <summary>Groups cells to job arrays. An array asks for one amount of memory, so cells of about the same forecast share one.</summary>
internal static class SlurmJobs
{
    // The largest index of a task is one less than MaxArraySize, 1001 where a cluster does not say otherwise.
    private const int MaxIndex = 1000;

    // Less is not worth an array of its own.
    private const long MinMebibytes = 256;

    /// <summary>The arrays.</summary>
    public static IReadOnlyList<SlurmArray> Group(IEnumerable<ExperimentCell> cells, CellSettings settings) =>
        [.. cells.GroupBy(cell => (Offset: (cell.Number - 1) / MaxIndex * MaxIndex, Memory: GetMebibytes(cell, settings),
                Threads: new[] { cell.Plan.Options.Threads, cell.Plan.Options.PrefillThreads }.Max()))
            .Select(group => new SlurmArray([.. group.Select(cell => cell.Number).Order()], group.Key.Offset, group.Key.Memory,
                group.Key.Threads))
            .OrderBy(array => array.Cells[0])];

    /// <summary>Indexes as <c>sbatch --array</c> takes them: <c>1-4,7</c>.</summary>
    public static string FormatIndexes(SlurmArray array)
    {
        // In a run of consecutive numbers, number and position grow together.
        var runs = array.Cells.Select((cell, position) => (Index: cell - array.Offset, Key: cell - position)).GroupBy(entry => entry.Key);
        return string.Join(",", runs.Select(run => (First: run.First().Index, Last: run.Last().Index)).Select(run => run.First == run.Last
            ? FormattableString.Invariant($"{run.First}")
            : FormattableString.Invariant($"{run.First}-{run.Last}")));
    }

    // In steps of a quarter of a power of two: few arrays, and at most a quarter of the memory too much.
    private static long? GetMebibytes(ExperimentCell cell, CellSettings settings)
    {
        if (CellFit.GetNeededBytes(cell, settings) is not { } bytes)
            return null;
        var needed = Math.Max(MinMebibytes, (bytes + ByteSize.MiB - 1) / ByteSize.MiB);
        var step = Math.Max(1, (long)System.Numerics.BitOperations.RoundUpToPowerOf2((ulong)needed) / 8);
        return (needed + step - 1) / step * step;
    }
}
