using MemoryWall.Charts;
using Spectre.Console;

namespace MemoryWall.Cli.Views;

/// <summary>A text table for the terminal; cells are text, never markup.</summary>
internal static class TerminalTable
{
    public static Table Create(TextTable table)
    {
        var view = new Table().Border(TableBorder.Simple);
        foreach (var column in table.Columns)
        {
            var header = new TableColumn(new Text(column.Header)).NoWrap();
            view.AddColumn(column.IsNumber ? header.RightAligned() : header);
        }
        foreach (var row in table.Rows)
            view.AddRow(row.Select(cell => new Text(cell)));
        return view;
    }
}
