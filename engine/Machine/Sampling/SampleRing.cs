using MemoryWall.Core.Telemetry;
using MemoryWall.Core.Time;

namespace MemoryWall.Machine.Sampling;

/// <summary>
/// The last samples, in memory that is allocated once. One thread writes, any thread reads; the lock covers the copy of one row, so that a
/// slow reader never delays the writer. Rows that are overwritten before they were read are counted.
/// </summary>
internal sealed class SampleRing(int capacity, int columns)
{
    private readonly Lock _lock = new();
    private readonly double[] _values = new double[capacity * columns];
    private readonly Instant[] _at = new Instant[capacity];
    private long _written;

    /// <summary>Rows written in all.</summary>
    public long Written
    {
        get
        {
            lock (_lock)
                return _written;
        }
    }

    public void Write(Instant at, ReadOnlySpan<double> row)
    {
        lock (_lock)
        {
            var slot = (int)(_written % capacity);
            row.CopyTo(_values.AsSpan(slot * columns, columns));
            _at[slot] = at;
            _written++;
        }
    }

    /// <summary>Takes the rows from a cursor on, oldest first, and moves the cursor.</summary>
    /// <param name="cursor">The number of the next row wanted.</param>
    /// <param name="lost">Rows that were overwritten before they could be taken.</param>
    public List<TelemetrySample> ReadFrom(ref long cursor, out long lost)
    {
        var taken = new List<TelemetrySample>();
        lost = 0;
        while (true)
        {
            lock (_lock)
            {
                var oldest = Math.Max(0, _written - capacity);
                if (cursor < oldest)
                {
                    lost += oldest - cursor;
                    cursor = oldest;
                }
                if (cursor >= _written)
                    return taken;
                var slot = (int)(cursor % capacity);
                taken.Add(new TelemetrySample(_at[slot], _values.AsSpan(slot * columns, columns)));
                cursor++;
            }
        }
    }

    /// <summary>The last rows, oldest first; at most as many as there are.</summary>
    public IReadOnlyList<TelemetrySample> Latest(int count)
    {
        var cursor = Math.Max(0, Written - Math.Min(count, capacity));
        return ReadFrom(ref cursor, out _);
    }
}
