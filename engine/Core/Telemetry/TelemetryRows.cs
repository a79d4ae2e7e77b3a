using System.Collections;
using MemoryWall.Core.Time;

namespace MemoryWall.Core.Telemetry;

/// <summary>Rows in column order: one array for all columns, and none for a row.</summary>
/// <param name="At">When each row was read; one or more.</param>
/// <param name="Columns">As many values for each column as there are rows, column after column; NaN means absent. The array is kept, not
/// copied.</param>
internal sealed record TelemetryBlock(Instant[] At, double[] Columns)
{
    /// <summary>The number of rows.</summary>
    public int Rows => At.Length;

    /// <summary>The values of a column, NaN where they are absent.</summary>
    public ReadOnlySpan<double> Column(int index) => Columns.AsSpan(index * Rows, Rows);
}

/// <summary>Millions of rows as blocks. A row is made when it is read; code that needs whole columns takes them from the
/// blocks.</summary>
internal sealed class TelemetryRows : IReadOnlyList<TelemetrySample>
{
    private readonly int[] _starts;

    public TelemetryRows(IReadOnlyList<TelemetryBlock> blocks)
    {
        Blocks = [.. blocks.Where(block => block.Rows > 0)];
        _starts = new int[Blocks.Count];
        foreach (var (i, block) in Blocks.Index())
        {
            _starts[i] = Count;
            Count = checked(Count + block.Rows);
        }
    }

    /// <summary>The blocks, in order of time.</summary>
    public IReadOnlyList<TelemetryBlock> Blocks { get; }

    public int Count { get; }

    public TelemetrySample this[int index]
    {
        get
        {
            ArgumentOutOfRangeException.ThrowIfNegative(index);
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Count);
            var found = Array.BinarySearch(_starts, index);
            var block = found >= 0 ? found : ~found - 1;
            return new TelemetrySample(Blocks[block], index - _starts[block]);
        }
    }

    public IEnumerator<TelemetrySample> GetEnumerator()
    {
        foreach (var block in Blocks)
        {
            for (var row = 0; row < block.Rows; row++)
                yield return new TelemetrySample(block, row);
        }
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
