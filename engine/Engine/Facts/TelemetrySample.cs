using MemoryWall.Time;

namespace MemoryWall.Facts;

/// <summary>One row of telemetry: what was read at one moment. A value that was not read is absent, never 0 and never the one before.</summary>
public sealed class TelemetrySample
{
    // NaN marks what is absent: half the size of nullable numbers, and no reading is NaN. It never leaves this type.
    private readonly double[] _values;

    /// <summary>A row from values in the order of the schema's columns; null, and what is not finite, is absent.</summary>
    public TelemetrySample(Instant at, IReadOnlyList<double?> values)
    {
        At = at;
        _values = [.. values.Select(v => v is { } number && double.IsFinite(number) ? number : double.NaN)];
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
    public int Count => _values.Length;

    /// <summary>The value of a column; null where it was not read.</summary>
    public double? this[int column] => (uint)column < (uint)_values.Length && double.IsFinite(_values[column]) ? _values[column] : null;
}
