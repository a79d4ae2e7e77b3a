using MemoryWall.Charts;
using MemoryWall.Reporting.Phrases;
using Spectre.Console;

namespace MemoryWall.Cli.Views;

/// <summary>Writes tables that fit the console: headers and words wrap between words, numbers never do. A table that is still too wide
/// loses the columns that declare it, in their order, and says so; without enough of them each row becomes a record. Cells are text, never
/// markup.</summary>
internal static class TerminalTable
{
    // The border takes a blank at both ends.
    private const int EdgeColumns = 2;

    private const int MaxGap = 2;

    /// <summary>Writes a table.</summary>
    /// <param name="console">Where to.</param>
    /// <param name="table">The table.</param>
    public static void Write(IAnsiConsole console, TextTable table)
    {
        var columns = table.Columns
            .Select((column, i) => new Measured(column, [.. table.Rows.Select(row => TextTable.ToSingleLine(row[i]))])).ToList();
        var droppable = columns.Select(column => column.Column.DropOrder).Where(order => order > 0).Order().ToList();
        foreach (var dropped in droppable.Prepend(0))
        {
            var kept = columns.Where(column => column.Column.DropOrder == 0 || column.Column.DropOrder > dropped).ToList();
            if (ChooseGap(kept, console.Profile.Width) is not { } gap)
                continue;
            WriteTable(console, kept, gap);
            if (kept.Count < columns.Count)
                console.WriteLine(TablePhrases.FormatOmitted(columns.Except(kept).Select(column => column.Column.Header),
                    console.Profile.Width));
            return;
        }
        TerminalRecords.Write(console, table);
    }

    // Null where the table does not fit. A smaller gap is better than words that wrap for want of it.
    private static int? ChooseGap(IReadOnlyList<Measured> columns, int width)
    {
        int[] fitting = [.. new[] { MaxGap, 1 }.Where(gap => MinWidth(columns, gap) <= width)];
        var missing = columns.Where(column => !column.Column.IsNumber).Sum(column => column.FullWidth - column.MinWidth);
        return fitting.Length == 0 ? null : fitting.FirstOrDefault(gap => MinWidth(columns, gap) + missing <= width, fitting[0]);
    }

    private static int MinWidth(IReadOnlyList<Measured> columns, int gap) =>
        columns.Sum(column => column.MinWidth) + gap * (columns.Count - 1) + EdgeColumns;

    private static void WriteTable(IAnsiConsole console, IReadOnlyList<Measured> columns, int gap)
    {
        var widths = DistributeSpare(columns, Math.Max(0, console.Profile.Width - MinWidth(columns, gap)));
        var table = new Table().Border(TableBorder.Simple);
        for (var i = 0; i < columns.Count; i++)
        {
            var header = new Text(WrapWords(columns[i].Column.Header, widths[i]));
            var column = new TableColumn(header).PadLeft(i == 0 ? 0 : gap - 1).PadRight(0).Width(widths[i]);
            table.AddColumn(columns[i].Column.IsNumber ? column.RightAligned().NoWrap() : column);
        }
        for (var row = 0; row < columns[0].Cells.Count; row++)
            table.AddRow(columns.Select(column => new Text(column.Cells[row])));
        console.Write(table);
    }

    // Columns of words get it first: a wrapped cell costs a line in each row, a wrapped header only one.
    private static int[] DistributeSpare(IReadOnlyList<Measured> columns, int spare)
    {
        var widths = columns.Select(column => column.MinWidth).ToArray();
        foreach (var (column, i) in columns.Select((column, i) => (column, i)).OrderBy(entry => entry.column.Column.IsNumber))
        {
            var extra = Math.Min(spare, column.FullWidth - column.MinWidth);
            widths[i] += extra;
            spare -= extra;
        }
        return widths;
    }

    private static string WrapWords(string text, int width)
    {
        var lines = new List<string> { "" };
        foreach (var word in text.Split(' '))
        {
            if (lines[^1].Length == 0)
                lines[^1] = word;
            else if (lines[^1].Length + 1 + word.Length <= width)
                lines[^1] += " " + word;
            else
                lines.Add(word);
        }
        return string.Join('\n', lines);
    }

    private sealed record Measured(TextColumn Column, IReadOnlyList<string> Cells)
    {
        /// <summary>The width without wrapping.</summary>
        public int FullWidth { get; } = Cells.Append(Column.Header).Max(text => text.Length);

        /// <summary>The least width that cuts no word and wraps no number.</summary>
        public int MinWidth { get; } = (Column.IsNumber ? Cells : Cells.SelectMany(Words)).Concat(Words(Column.Header))
            .Max(text => text.Length);

        private static IEnumerable<string> Words(string text) => text.Split(' ');
    }
}
