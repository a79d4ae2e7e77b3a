using MemoryWall.Charts;
using MemoryWall.Cli.Views;
using Spectre.Console;

namespace MemoryWall.Cli.Tests;

/// <summary>Tables on consoles of any width.</summary>
public class TerminalTableTests
{
    private static readonly TextColumn[] s_columns = [new("context"), new("prefill t/s"), new("generation t/s"),
        new("outcome", IsNumber: false)];

    private static readonly string[][] s_rows =
        [["512", "1,234.5", "300.1", "completed"], ["16,384", "234.5", "30.1", "completed (interference, queued)"]];

    private static List<string> Write(int width)
    {
        using var writer = new StringWriter();
        var console = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(writer), Ansi = AnsiSupport.No });
        console.Profile.Width = width;
        TerminalTable.Write(console, new TextTable(s_columns, s_rows));
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
    public void Write_TooNarrowForAllColumns_RepeatsTheFirstColumn() =>
        Assert.Equal(2, Write(30).Count(line => line.Contains("16,384", StringComparison.Ordinal)));

    [Fact]
    public void Write_WideEnough_WrapsNothing() =>
        Assert.Contains(Write(80), line => line.EndsWith("completed (interference, queued)", StringComparison.Ordinal));
}
