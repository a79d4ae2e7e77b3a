using System.Runtime.InteropServices;

namespace MemoryWall.Notebooks.Frames;

/// <summary>The values of a column in Arrow's form: 8 bytes a row, and a bit a row that says whether it has a value.</summary>
/// <param name="rows">The number of rows.</param>
internal sealed class ColumnBuffer(int rows)
{
    private int _row;

    /// <summary>The values; 0 where one is absent.</summary>
    public byte[] Bytes { get; } = new byte[checked(rows * sizeof(double))];

    /// <summary>One bit a row, set where it has a value.</summary>
    public byte[] Known { get; } = new byte[(rows + 7) / 8];

    /// <summary>How many of the rows so far have none.</summary>
    public int Absent { get; private set; }

    /// <summary>Adds rows; those that are not finite are absent.</summary>
    public void Add(ReadOnlySpan<double> values)
    {
        var into = MemoryMarshal.Cast<byte, double>(Bytes.AsSpan()).Slice(_row, values.Length);
        for (var i = 0; i < values.Length; i++)
        {
            if (double.IsFinite(values[i]))
            {
                into[i] = values[i];
                Known[(_row + i) >> 3] |= (byte)(1 << ((_row + i) & 7));
            }
            else
            {
                Absent++;
            }
        }
        _row += values.Length;
    }

    /// <summary>Adds rows without a value.</summary>
    public void Skip(int count)
    {
        _row += count;
        Absent += count;
    }

    /// <summary>Says that every row has a value.</summary>
    public void MarkAllKnown()
    {
        Known.AsSpan().Fill(byte.MaxValue);
        if (rows % 8 is > 0 and var rest)
            Known[^1] = (byte)((1 << rest) - 1);
    }
}
