using System.Text.RegularExpressions;
using MemoryWall.Charts;
using MemoryWall.Cli.Views;
using Spectre.Console;

namespace MemoryWall.Cli.Tests;

/// <summary>Tables on consoles of any width.</summary>
public partial class TerminalTableTests
{
    private static readonly TextColumn[] s_columns = [new("context"), new("prefill t/s"), new("generation t/s"),
        new("outcome", IsNumber: false)];

    private static readonly string[][] s_rows =
        [["512", "1,234.5", "300.1", "completed"], ["16,384", "234.5", "30.1", "completed (interference, queued)"]];

    private static List<string> Write(int width, params TextColumn[] columns)
    {
        using var writer = new StringWriter();
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(writer), Ansi = AnsiSupport.No });
        console.Profile.Width = width;
        TerminalTable.Write(console, new TextTable(columns.Length == 0 ? s_columns : columns, s_rows));
        return [.. writer.ToString().Split('\n').Select(line => line.TrimEnd())];
    }

    [Theory]
    [InlineData(30)]
    [InlineData(45)]
    [InlineData(60)]
    [InlineData(80)]
    public void Write_AnyWidth_FitsAndCutsNoWord(int width)
    {
        var lines = Write(width);
        Assert.All(lines, line => Assert.InRange(line.Length, 0, width));
        var words = string.Join(' ', lines).Split(' ', StringSplitOptions.RemoveEmptyEntries);
        foreach (var word in s_rows.SelectMany(row => row).SelectMany(cell => cell.Split(' ')).Concat(["generation", "outcome"]))
            Assert.Contains(word, words);
    }

    [Fact]
    public void Write_TooNarrowForAllColumns_BecomesRecordsWithHeaders()
    {
        var text = string.Join('\n', Write(30));
        Assert.Matches(@"context 16,384\n  prefill t/s 234\.5\n", text);
        Assert.Equal(2, Regex.Count(text, "outcome completed"));
    }

    [Fact]
    public void Write_TooNarrowForColumnsThatMayGo_LeavesThemOutInTheirOrderAndSaysSo()
    {
        TextColumn[] columns = [s_columns[0], s_columns[1] with { DropOrder = 2 }, s_columns[2] with { DropOrder = 1 }, s_columns[3]];
        var wide = string.Join('\n', Write(80, columns));
        Assert.Contains("generation t/s", wide, StringComparison.Ordinal);
        Assert.DoesNotContain("Not shown", wide, StringComparison.Ordinal);
        var medium = string.Join('\n', Write(40, columns));
        Assert.Contains("234.5", medium, StringComparison.Ordinal);
        Assert.Contains("Not shown in 40 columns: generation t/s.", medium, StringComparison.Ordinal);
        var narrow = string.Join(' ', Write(28, columns));
        Assert.Contains("16,384", narrow, StringComparison.Ordinal);
        Assert.Contains("Not shown in 28 columns: prefill t/s and generation t/s.", Blanks().Replace(narrow, " "),
            StringComparison.Ordinal);
    }

    [Fact]
    public void Write_WideEnough_WrapsNothing() =>
        Assert.Contains(Write(80), line => line.EndsWith("completed (interference, queued)", StringComparison.Ordinal));

    [GeneratedRegex(@"\s+")]
    private static partial Regex Blanks();
}
