using MemoryWall.Charts;
using Spectre.Console;

namespace MemoryWall.Cli.Views;

/// <summary>Writes the rows of a table as records, for consoles that have no room for its columns: the key cells, and below them each other
/// cell with its header.</summary>
internal static class TerminalRecords
{
    private const string Separator = " · ";
    private const string Indent = "  ";

    /// <summary>Writes a record for each row.</summary>
    /// <param name="console">Where to.</param>
    /// <param name="table">The table.</param>
    public static void Write(IAnsiConsole console, TextTable table)
    {
        console.WriteLine();
        foreach (var row in table.Rows)
        {
            var cells = table.Columns.Zip(row, (column, cell) => (column.Header, Text: TextTable.ToSingleLine(cell)))
                .Where(cell => cell.Text.Length > 0).Select(cell => $"{cell.Header} {cell.Text}".TrimStart()).ToList();
            WriteLines(console, cells.Take(table.KeyColumns), "");
            WriteLines(console, cells.Skip(table.KeyColumns), Indent);
        }
        console.WriteLine();
    }

    // A cell begins a new line rather than being cut, and wraps between words only where it is longer than a line.
    private static void WriteLines(IAnsiConsole console, IEnumerable<string> cells, string indent)
    {
        var line = "";
        var width = Math.Max(1, console.Profile.Width - indent.Length);
        foreach (var cell in cells)
        {
            if (line.Length > 0 && line.Length + Separator.Length + cell.Length > width)
            {
                WriteLine(console, line, indent);
                line = "";
            }
            line += (line.Length == 0 ? "" : Separator) + cell;
        }
        if (line.Length > 0)
            WriteLine(console, line, indent);
    }

    private static void WriteLine(IAnsiConsole console, string line, string indent) =>
        console.Write(new Padder(new Text(line), new Padding(indent.Length, 0, 0, 0)));
}
