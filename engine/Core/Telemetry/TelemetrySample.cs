using MemoryWall.Core.Time;

namespace MemoryWall.Core.Telemetry;

/// <summary>One row of telemetry: what was read at one moment. A value that was not read is absent, never 0 and never the one
/// before.</summary>
public sealed class TelemetrySample
{
    // NaN marks what is absent: half the size of nullable numbers, and no reading is NaN. It never leaves this type.
    private readonly double[] _values;

    // A row by itself holds its values one after the other; rows that were stored by columns share one array, column after column.
    private readonly int _offset;
    private readonly int _stride = 1;

    /// <summary>A row from values in the order of the schema's columns; null, and what is not finite, is absent.</summary>
    public TelemetrySample(Instant at, IReadOnlyList<double?> values)
    {
        At = at;
        _values = [.. values.Select(v => v is { } number && double.IsFinite(number) ? number : double.NaN)];
    }

    private TelemetrySample(Instant at, double[] columns, int row, int rows)
    {
        At = at;
        (_values, _offset, _stride) = (columns, row, rows);
    }

    /// <summary>A row from numbers where NaN stands for absent; they are copied.</summary>
    internal TelemetrySample(Instant at, ReadOnlySpan<double> values)
    {
        At = at;
        _values = values.ToArray();
    }

    /// <summary>When its first value was read, on the run's clock; the last one was read <c>sampler_read_seconds</c> later.</summary>
    public Instant At { get; }

    /// <summary>Columns in this row.</summary>
    public int Count => _values.Length / _stride;

    /// <summary>The value of a column; null where it was not read.</summary>
    public double? this[int column] =>
        (uint)column < (uint)Count && double.IsFinite(_values[_offset + column * _stride]) ? _values[_offset + column * _stride] : null;

    /// <summary>Rows of numbers that lie column after column, NaN standing for absent: millions of rows without an array for
    /// each.</summary>
    /// <param name="at">When each was read; one or more.</param>
    /// <param name="columns">As many values for each column as there are rows; kept, not copied.</param>
    internal static TelemetrySample[] FromColumns(Instant[] at, double[] columns)
    {
        var rows = new TelemetrySample[at.Length];
        for (var row = 0; row < rows.Length; row++)
            rows[row] = new TelemetrySample(at[row], columns, row, rows.Length);
        return rows;
    }
}
