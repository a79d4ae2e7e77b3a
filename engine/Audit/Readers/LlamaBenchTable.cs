using System.Globalization;
using System.Text;

namespace MemoryWall.Audit.Readers;

/// <summary>The rows of llama-bench's CSV, SQL and Markdown, by the names of their columns.</summary>
internal static class LlamaBenchTable
{
    private const string Insert = "INSERT INTO";
    private const string FirstColumn = "build_commit";

    public static IEnumerable<Dictionary<string, string>> Read(string text) =>
        text.Contains(Insert, StringComparison.OrdinalIgnoreCase) ? ReadSql(text) : ReadCsv(text).Concat(LlamaBenchMarkdown.Read(text));

    private static IEnumerable<Dictionary<string, string>> ReadCsv(string text)
    {
        foreach (var (table, row) in CsvText.ReadTables(text, FirstColumn))
        {
            row[LlamaBenchReader.Invocation] = (-table).ToString(CultureInfo.InvariantCulture);
            yield return row;
        }
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
            yield return names.Zip(cells).GroupBy(cell => cell.First).ToDictionary(same => same.Key, same => same.Last().Second);
        }
    }

    private static List<string>? ReadList(string text, int from)
    {
        var at = text.IndexOf('(', from);
        if (at < 0)
            return null;
        var items = new List<string>();
        var item = new StringBuilder();
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
}
