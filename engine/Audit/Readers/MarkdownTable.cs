namespace MemoryWall.Audit.Readers;

/// <summary>The cells of Markdown tables as people paste them: quoted, in a list, with bold cells, or without the outer bars.</summary>
internal static class MarkdownTable
{
    private const int MinCells = 2;
    private const int MaxLength = 10_000;

    /// <summary>The cells of a line; null where it is no row of a table.</summary>
    public static List<string>? SplitCells(string line)
    {
        var bar = line.IndexOf('|');
        if (bar < 0 || line.Length > MaxLength)
            return null;
        var row = line.AsSpan().Trim().TrimStart("> ");
        if (row.StartsWith("|"))
            row = row[1..];
        if (row.EndsWith("|"))
            row = row[..^1];
        List<string> cells = [.. row.ToString().Split('|').Select(cell => cell.Trim().Trim('*', '`').Trim())];
        return cells.Count >= MinCells ? cells : null;
    }

    /// <summary>Whether the cells are the line between header and rows.</summary>
    public static bool IsRule(List<string> cells) => cells.All(cell => cell.Length > 0 && cell.All(c => c is '-' or ':' or ' '));
}
