using System.Globalization;
using System.Text.RegularExpressions;
using MemoryWall.Core.Units;

namespace MemoryWall.Audit.Readers;

/// <summary>
/// The rows of the Markdown tables that llama-bench prints by default, among other text. Their headers are translated to the field names
/// of the JSON form; the columns for settings keep their names, because they differ between tables. Each header begins an invocation.
/// </summary>
internal static class LlamaBenchMarkdown
{
    private const string TestColumn = "test";
    private const string RateColumn = "t/s";

    private static readonly Regex s_test = new(@"^(?:pp\s?(\d+))?\s?\+?\s?(?:tg\s?(\d+))?(?:\s?@\s?d\s?(\d+))?$",
        RegexOptions.NonBacktracking | RegexOptions.CultureInvariant | RegexOptions.IgnoreCase);

    // The sign between rate and spread arrives as other characters where a code page was mixed up.
    private static readonly Regex s_rate = new(
        @"^(\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?(?:e[+-]?\d+)?)(?:([^\d.,]+)(\d+(?:\.\d+)?))?[^\d.,]*$",
        RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);

    private static readonly Regex s_failed = new(@"^(?:na|n/a|null|none|nan|-?inf|-|—|–|oom|fail\w*|err\w*|crash\w*)$",
        RegexOptions.NonBacktracking | RegexOptions.CultureInvariant | RegexOptions.IgnoreCase);

    // Without a header the columns between the size and the test keep their places.
    private static readonly string[] s_firstColumns = ["model", "size", "params"];

    public static IEnumerable<Dictionary<string, string>> Read(string text)
    {
        List<string>? names = null;
        var invocation = 0;
        foreach (var line in text.Split('\n'))
        {
            if (MarkdownTable.SplitCells(line) is not { } cells)
                continue;
            if (IsHeader(cells))
            {
                names = cells;
                invocation++;
            }
            else if ((names?.Count == cells.Count ? names : GuessNames(cells, isFirst: names is null)) is { } known
                && ReadRow(known, cells) is { } row)
            {
                row[LlamaBenchReader.Invocation] = invocation.ToString(CultureInfo.InvariantCulture);
                yield return row;
            }
        }
    }

    /// <summary>Whether a line is the header of such a table.</summary>
    public static bool IsHeader(string line) => MarkdownTable.SplitCells(line) is { } cells && IsHeader(cells);

    // llama-benchy prints the same two columns and its own times.
    private static bool IsHeader(List<string> cells) =>
        cells.Contains(TestColumn) && cells.Contains(RateColumn)
        && !cells.Exists(cell => cell.StartsWith("ttfr", StringComparison.Ordinal));

    private static List<string>? GuessNames(List<string> cells, bool isFirst) =>
        isFirst && cells.Count > s_firstColumns.Length && s_rate.Match(cells[^1]) is { Success: true } rate && rate.Groups[3].Success
            && ByteSize.TryParse(cells[1], out _)
            ? [.. Enumerable.Range(0, cells.Count).Select(place => place switch
                {
                    _ when place == cells.Count - 1 => RateColumn,
                    _ when place == cells.Count - 2 => TestColumn,
                    _ when place < s_firstColumns.Length => s_firstColumns[place],
                    _ => FormattableString.Invariant($"column {place}"),
                })]
            : null;

    private static Dictionary<string, string>? ReadRow(List<string> names, List<string> cells)
    {
        string Cell(string name) => names.IndexOf(name) is >= 0 and var place ? cells[place] : "";
        var rate = s_rate.Match(Cell(RateColumn));
        if (s_test.Match(Cell(TestColumn)) is not { Success: true, Length: > 0 } test
            || !rate.Success && !s_failed.IsMatch(Cell(RateColumn)))
            return null;
        string[] results = [TestColumn, RateColumn, .. s_firstColumns];
        return new Dictionary<string, string>
        {
            ["model_type"] = Cell("model"),
            ["model_size"] = Bytes(Cell("size")),
            ["n_prompt"] = Number(test.Groups[1]),
            ["n_gen"] = Number(test.Groups[2]),
            ["n_depth"] = Number(test.Groups[3]),
            [LlamaBenchReader.Rate] = rate.Success ? rate.Groups[1].Value.Replace(",", "", StringComparison.Ordinal) : "",
            [LlamaBenchReader.Error] = rate.Success ? "" : $"the table gives '{Cell(RateColumn)}' in place of a rate",
            // For a single repetition the tool prints a spread of 0.
            ["stddev_ts"] = JsonValues.Parse(rate.Groups[3].Value) is > 0 ? rate.Groups[3].Value : "",
            ["columns"] = string.Join('|',
                names.Zip(cells).Where(cell => !results.Contains(cell.First)).Select(cell => $"{cell.First}={cell.Second}")),
        };
    }

    private static string Number(Group group) => group.Success ? group.Value : "0";

    private static string Bytes(string size) =>
        ByteSize.TryParse(size, out var bytes) ? bytes.Bytes.ToString(CultureInfo.InvariantCulture) : "";
}
