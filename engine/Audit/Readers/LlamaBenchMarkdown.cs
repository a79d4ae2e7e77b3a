using System.Globalization;
using System.Text.RegularExpressions;
using MemoryWall.Core.Units;

namespace MemoryWall.Audit.Readers;

/// <summary>
/// The rows of the Markdown table that llama-bench prints by default. Its headers are translated to the field names of the JSON form; the
/// columns for settings keep their names, because they differ between tables.
/// </summary>
internal static class LlamaBenchMarkdown
{
    private static readonly Regex s_test = new(@"^(?:pp(\d+))?\+?(?:tg(\d+))?(?: @ d(\d+))?$",
        RegexOptions.NonBacktracking | RegexOptions.CultureInvariant);

    public static IEnumerable<Dictionary<string, string>> Read(string text)
    {
        List<string>? names = null;
        foreach (var line in text.Split('\n'))
        {
            if (SplitCells(line) is not { } cells)
            {
                names = null;
            }
            else if (cells.Contains("test") && cells.Contains("t/s"))
            {
                names = cells;
            }
            else if (names?.Count == cells.Count && ReadRow(names, cells) is { } row)
            {
                yield return row;
            }
        }
    }

    private static List<string>? SplitCells(string line)
    {
        var trimmed = line.Trim();
        return trimmed.Length > 1 && trimmed[0] == '|' && trimmed[^1] == '|'
            ? [.. trimmed[1..^1].Split('|', StringSplitOptions.TrimEntries)]
            : null;
    }

    private static Dictionary<string, string>? ReadRow(List<string> names, List<string> cells)
    {
        string Cell(string name) => names.IndexOf(name) is >= 0 and var place ? cells[place] : "";
        var rate = Cell("t/s").Split('±', StringSplitOptions.TrimEntries);
        if (s_test.Match(Cell("test")) is not { Success: true, Length: > 0 } test || JsonValues.Parse(rate[0]) is null)
            return null;
        string[] results = ["test", "t/s", "model", "size", "params"];
        return new Dictionary<string, string>
        {
            ["model_type"] = Cell("model"),
            ["model_size"] = Bytes(Cell("size")),
            ["n_prompt"] = Number(test.Groups[1]),
            ["n_gen"] = Number(test.Groups[2]),
            ["n_depth"] = Number(test.Groups[3]),
            ["avg_ts"] = rate[0],
            // For a single repetition the tool prints a spread of 0.
            ["stddev_ts"] = rate.Length > 1 && JsonValues.Parse(rate[1]) is > 0 ? rate[1] : "",
            ["columns"] = string.Join('|',
                names.Zip(cells).Where(cell => !results.Contains(cell.First)).Select(cell => $"{cell.First}={cell.Second}")),
        };
    }

    private static string Number(Group group) => group.Success ? group.Value : "0";

    private static string Bytes(string size) =>
        ByteSize.TryParse(size, out var bytes) ? bytes.Bytes.ToString(CultureInfo.InvariantCulture) : "";
}
