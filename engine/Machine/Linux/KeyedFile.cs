using System.Text;

namespace MemoryWall.Machine.Linux;

/// <summary>A number in a file of names and numbers, and its place in a row.</summary>
/// <param name="Key">The name in the file, with its colon where it has one.</param>
/// <param name="Column">The number's place in the row.</param>
/// <param name="Factor">The factor from the file's unit to the row's unit.</param>
internal sealed record KeyedField(string Key, int Column, double Factor = 1)
{
    /// <summary>The beginning of the line up to the number: <c>pgfault</c> must not match <c>pgfault_x</c>.</summary>
    public byte[] LinePrefix { get; } = Encoding.UTF8.GetBytes(Key.EndsWith(':') ? $"\n{Key}" : $"\n{Key} ");
}

/// <summary>A file with one name and one number in each line (<c>meminfo</c>, <c>vmstat</c>, <c>memory.stat</c>, …), kept open.</summary>
internal sealed class KeyedFile(ProcFile file, IReadOnlyList<KeyedField> fields) : IDisposable
{
    // An array: enumerating a list through its interface would allocate at each reading.
    private readonly KeyedField[] _fields = [.. fields];

    public static KeyedFile? TryOpen(string path, IReadOnlyList<KeyedField> fields) =>
        ProcFile.TryOpen(path) is { } file ? new KeyedFile(file, fields) : null;

    /// <summary>Reads a file once.</summary>
    /// <param name="path">The file.</param>
    /// <param name="factor">The factor from the file's unit to the result's.</param>
    /// <param name="keys">The names in the file.</param>
    /// <returns>A number for each key; null where it is absent.</returns>
    public static long?[] ReadOnce(string path, double factor, params IReadOnlyList<string> keys)
    {
        var row = new double[keys.Count];
        row.AsSpan().Fill(double.NaN);
        using var file = TryOpen(path, [.. keys.Select((key, i) => new KeyedField(key, i, factor))]);
        file?.Read(row);
        return [.. row.Select(number => number < long.MaxValue ? (long?)number : null)];
    }

    /// <summary>Writes the numbers to their places and leaves the others as they are. False where the file cannot be read.</summary>
    public bool Read(Span<double> row)
    {
        var text = file.Read();
        if (text.IsEmpty)
            return false;
        Parse(text, _fields, row);
        return true;
    }

    /// <summary>Parses text that begins with a newline.</summary>
    public static void Parse(ReadOnlySpan<byte> text, ReadOnlySpan<KeyedField> fields, Span<double> row)
    {
        foreach (var field in fields)
        {
            var number = AsciiParser.ParseNumber(AsciiParser.FindAfter(text, field.LinePrefix));
            if (!double.IsNaN(number))
                row[field.Column] = number * field.Factor;
        }
    }

    public void Dispose() => file.Dispose();
}
