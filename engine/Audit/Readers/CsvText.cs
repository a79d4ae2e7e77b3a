using CsvHelper;

namespace MemoryWall.Audit.Readers;

/// <summary>Comma-separated rows among other text. Rows that are damaged are left out.</summary>
internal static class CsvText
{
    private const int MaxRecordSize = 1 << 20;

    /// <summary>The rows of each table, by the names of its columns, with the table's number from 1. A table begins at a line with its
    /// first column's name.</summary>
    /// <param name="text">The text.</param>
    /// <param name="firstColumn">The name of the first column.</param>
    public static IEnumerable<(int Table, Dictionary<string, string> Row)> ReadTables(string text, string firstColumn)
    {
        if (FindHeader(text, firstColumn) is not { } start)
            yield break;
        IReadOnlyList<string> names = [];
        var table = 0;
        foreach (var row in ReadRows(text[start..]))
        {
            if (row.Count > 1 && row[0].Trim() == firstColumn)
            {
                names = row;
                table++;
            }
            else if (row.Count == names.Count)
            {
                yield return (table, names.Zip(row).GroupBy(cell => cell.First.Trim())
                    .ToDictionary(same => same.Key, same => same.Last().Second));
            }
        }
    }

    /// <summary>The rows without regard to a header.</summary>
    public static IEnumerable<IReadOnlyList<string>> ReadRows(string text)
    {
        using var csv = CsvReader.Create(new StringReader(text), new CsvReaderOptions
        {
            Separator = ',',
            HasHeader = false,
            MalformedData = CsvMalformedDataHandling.Skip,
            FieldCountMismatch = CsvFieldCountHandling.Allow,
            MaxRecordSize = MaxRecordSize,
        });
        while (TryRead(csv))
            yield return [.. Enumerable.Range(0, csv.FieldCount).Select(csv.GetString)];
    }

    private static bool TryRead(CsvReader csv)
    {
        try
        {
            return csv.Read();
        }
        catch (CsvFormatException)
        {
            // The rows before the damage are kept.
            return false;
        }
    }

    private static int? FindHeader(string text, string firstColumn)
    {
        for (var at = 0; at < text.Length; at = text.IndexOf('\n', at) is >= 0 and var end ? end + 1 : text.Length)
        {
            var line = text.AsSpan(at).TrimStart(" \t\"");
            if (line.StartsWith(firstColumn, StringComparison.Ordinal) && line.Length > firstColumn.Length
                && line[firstColumn.Length] is ',' or '"')
                return at;
        }
        return null;
    }
}
