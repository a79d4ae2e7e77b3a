using CsvHelper;

namespace MemoryWall.Runs.Csv;

/// <summary>Rows as bytes: UTF-8 without a byte order mark, comma, line feed, quotes where needed. They are the same in every
/// culture.</summary>
internal static class CsvLines
{
    private static readonly CsvWriterOptions s_options = new()
    {
        NewLine = "\n",
        Injection = CsvInjection.None, // TextCell escapes formulas in a way that can be reversed.
        Quoting = CsvQuoting.WhenNeededOrWhitespace,
    };

    public static byte[] Encode(IEnumerable<IEnumerable<string?>> rows)
    {
        using var bytes = new MemoryStream();
        using (var writer = CsvWriter.Create(bytes, s_options, leaveOpen: true))
        {
            foreach (var row in rows)
            {
                foreach (var cell in row)
                    writer.WriteField(cell);
                writer.EndRecord();
            }
            writer.Flush();
        }
        return bytes.ToArray();
    }
}
