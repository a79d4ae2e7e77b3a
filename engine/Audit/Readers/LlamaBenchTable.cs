using CsvHelper;

namespace MemoryWall.Audit.Readers;

/// <summary>The rows of llama-bench's CSV, SQL and Markdown, by the names of their columns.</summary>
internal static class LlamaBenchTable
{
    private const string Insert = "INSERT INTO";
    private const int MaxRecordSize = 1 << 20;

    public static IEnumerable<Dictionary<string, string>> Read(string text) =>
        text.Contains(Insert, StringComparison.OrdinalIgnoreCase) ? ReadSql(text)
        : text.TrimStart().StartsWith("build_commit", StringComparison.Ordinal) ? ReadCsv(text) : LlamaBenchMarkdown.Read(text);

    private static List<Dictionary<string, string>> ReadCsv(string text)
    {
        var rows = new List<Dictionary<string, string>>();
        try
        {
            using var csv = CsvReader.Create(new StringReader(text.TrimStart()), new CsvReaderOptions
            {
                Separator = ',',
                MalformedData = CsvMalformedDataHandling.Skip,
                FieldCountMismatch = CsvFieldCountHandling.Skip,
                MaxRecordSize = MaxRecordSize,
            });
            var names = csv.Headers.ToList();
            while (csv.Read())
                rows.Add(Row(names, [.. Enumerable.Range(0, Math.Min(names.Count, csv.FieldCount)).Select(csv.GetString)]));
        }
        catch (CsvFormatException)
        {
            // The rows before the damage are kept.
        }
        return rows;
    }

    // INSERT INTO table (name, …) VALUES ('value', …); with '' for a quote inside a value.
    private static IEnumerable<Dictionary<string, string>> ReadSql(string text)
    {
        foreach (var statement in text.Split(Insert, StringSplitOptions.None).Skip(1))
        {
            var values = statement.IndexOf("VALUES", StringComparison.OrdinalIgnoreCase);
            if (values < 0 || ReadList(statement, 0) is not { } names || ReadList(statement, values) is not { } cells
                || names.Count != cells.Count)
                continue;
            yield return Row(names, cells);
        }
    }

    private static List<string>? ReadList(string text, int from)
    {
        var at = text.IndexOf('(', from);
        if (at < 0)
            return null;
        var items = new List<string>();
        var item = new System.Text.StringBuilder();
        var quoted = false;
        for (at++; at < text.Length; at++)
        {
            switch (text[at])
            {
                case '\'' when quoted && at + 1 < text.Length && text[at + 1] == '\'':
                    item.Append('\'');
                    at++;
                    break;
                case '\'':
                    quoted = !quoted;
                    break;
                case ',' when !quoted:
                    items.Add(item.ToString().Trim());
                    item.Clear();
                    break;
                case ')' when !quoted:
                    items.Add(item.ToString().Trim());
                    return items;
                case var c:
                    item.Append(c);
                    break;
            }
        }
        return null;
    }

    private static Dictionary<string, string> Row(List<string> names, List<string> cells) =>
        names.Zip(cells).GroupBy(cell => cell.First).ToDictionary(same => same.Key, same => same.Last().Second);
}
