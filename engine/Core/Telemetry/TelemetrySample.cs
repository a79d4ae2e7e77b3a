using MemoryWall.Core.Time;

namespace MemoryWall.Core.Telemetry;

/// <summary>One row of telemetry: the values read at one moment. A value that was not read is absent, never 0 and never the
/// previous value.</summary>
internal sealed class TelemetrySample
{
    // NaN marks an absent value: half the size of nullable numbers, and no reading is NaN. It never leaves this type.
    private readonly double[] _values;

    // A single row stores its values contiguously; rows read from column storage share one array, column after column.
    private readonly int _offset;
    private readonly int _stride = 1;

    /// <summary>Creates a row from values in the order of the schema's columns. Null and values that are not finite are absent.</summary>
    public TelemetrySample(Instant at, IReadOnlyList<double?> values)
    {
        At = at;
        _values = [.. values.Select(v => v is { } number && double.IsFinite(number) ? number : double.NaN)];
    }

    /// <summary>A row of a block, which keeps its values.</summary>
    internal TelemetrySample(TelemetryBlock block, int row)
    {
        At = block.At[row];
        (_values, _offset, _stride) = (block.Columns, row, block.Rows);
    }

    /// <summary>Creates a row from numbers, where NaN means absent. The numbers are copied.</summary>
    internal TelemetrySample(Instant at, ReadOnlySpan<double> values)
    {
        At = at;
        _values = values.ToArray();
    }

    /// <summary>When the first value was read, on the run's clock. The last value was read <c>sampler_read_seconds</c> later.</summary>
    public Instant At { get; }

    /// <summary>The number of columns.</summary>
    public int Count => _values.Length / _stride;

    /// <summary>The value of a column; null where it was not read.</summary>
    public double? this[int column] =>
        (uint)column < (uint)Count && double.IsFinite(_values[_offset + column * _stride]) ? _values[_offset + column * _stride] : null;
}
