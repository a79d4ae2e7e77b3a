using MemoryWall.Charts;
using Spectre.Console;

namespace MemoryWall.Cli.Views;

/// <summary>A column of a report.</summary>
/// <param name="Header">Its header, on as many lines as it has line breaks.</param>
/// <param name="IsText">Whether it contains words, which are aligned left and may wrap.</param>
internal sealed record ReportColumn(string Header, bool IsText = false);

/// <summary>Writes tables that fit the console: text wraps between words, numbers never do. A table that is still too wide becomes several
/// ones that repeat the key columns.</summary>
internal static class ReportTable
{
    // The border takes a blank at both ends and one between two columns.
    private const int EdgeColumns = 2;

    /// <summary>Writes a table.</summary>
    /// <param name="console">Where to.</param>
    /// <param name="columns">The columns.</param>
    /// <param name="rows">The cells of each row.</param>
    /// <param name="keyCount">How many of the first columns identify a row.</param>
    public static void Write(IAnsiConsole console, IReadOnlyList<ReportColumn> columns, IEnumerable<IEnumerable<string>> rows,
        int keyCount = 1)
    {
        var cells = rows.Select(row => row.ToList()).ToList();
        var all = columns.Select((column, i) => new Measured(column, [.. cells.Select(row => row[i])])).ToList();
        var width = console.Profile.Width;
        foreach (var gap in new[] { 2, 1 })
        {
            if (MinWidth(all, gap) <= width)
            {
                WriteBlock(console, all, gap);
                return;
            }
        }
        var (keys, rest) = (all[..keyCount], all[keyCount..]);
        while (rest.Count > 0)
        {
            var count = Math.Max(1, Enumerable.Range(1, rest.Count).LastOrDefault(n => MinWidth([.. keys, .. rest.Take(n)], 2) <= width));
            WriteBlock(console, [.. keys, .. rest.Take(count)], 2);
            rest = rest[count..];
        }
    }

    /// <summary>Writes a table of the reporting floor. Long headers of numbers are broken between words.</summary>
    /// <param name="console">Where to.</param>
    /// <param name="table">The table.</param>
    /// <param name="keyCount">How many of the first columns identify a row.</param>
    public static void Write(IAnsiConsole console, TextTable table, int keyCount = 1) => Write(console,
        [.. table.Columns.Select((column, i) => column.IsNumber
            ? new ReportColumn(BreakHeader(column.Header, table.Rows.Max(row => (int?)row[i].Length) ?? 0))
            : new ReportColumn(column.Header, IsText: true))],
        table.Rows, keyCount);

    private static string BreakHeader(string header, int cellWidth)
    {
        var words = header.Split(' ');
        var width = Math.Max(cellWidth, words.Max(word => word.Length));
        var lines = new List<string> { words[0] };
        foreach (var word in words[1..])
        {
            if (lines[^1].Length + 1 + word.Length <= width)
                lines[^1] += " " + word;
            else
                lines.Add(word);
        }
        return string.Join('\n', lines);
    }

    private static int MinWidth(IReadOnlyList<Measured> columns, int gap) =>
        columns.Sum(column => column.MinWidth) + gap * (columns.Count - 1) + EdgeColumns;

    private static void WriteBlock(IAnsiConsole console, IReadOnlyList<Measured> columns, int gap)
    {
        var spare = Math.Max(0, console.Profile.Width - MinWidth(columns, gap));
        var table = new Table().Border(TableBorder.Simple);
        for (var i = 0; i < columns.Count; i++)
        {
            var extra = Math.Min(spare, columns[i].FullWidth - columns[i].MinWidth);
            spare -= extra;
            var column = new TableColumn(new Text(columns[i].Column.Header)).PadLeft(i == 0 ? 0 : gap - 1).PadRight(0)
                .Width(columns[i].MinWidth + extra);
            table.AddColumn(columns[i].Column.IsText ? column : column.RightAligned().NoWrap());
        }
        for (var row = 0; row < columns[0].Cells.Count; row++)
            table.AddRow(columns.Select(column => new Text(column.Cells[row])));
        console.Write(table);
    }

    private sealed record Measured(ReportColumn Column, IReadOnlyList<string> Cells)
    {
        /// <summary>The width without wrapping.</summary>
        public int FullWidth { get; } = Longest([Column.Header, .. Cells], '\n');

        /// <summary>The least width that cuts no word.</summary>
        public int MinWidth { get; } =
            Column.IsText ? Longest([Column.Header, .. Cells], '\n', ' ') : Longest([Column.Header, .. Cells], '\n');

        private static int Longest(IEnumerable<string> texts, params char[] separators) =>
            texts.SelectMany(text => text.Split(separators)).Max(part => part.Length);
    }
}
