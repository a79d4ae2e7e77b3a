using MemoryWall.Charts;
using MemoryWall.Cli.Host;
using MemoryWall.Cli.Views;
using Spectre.Console;

namespace MemoryWall.Cli.Tests;

/// <summary>Names of runs may come from elsewhere, and a terminal obeys what is in them.</summary>
public class TerminalTests
{
    private const string Hostile = "a\u001b]0;PWN\u0007\u001b[31m\u009b1m\rb\u202Ec";

    [Fact]
    public void Write_HostileLabelHeaderAndCell_HaveNoControlCharacters()
    {
        using var writer = new StringWriter();
        var console = Terminal.Create(writer, redirected: true);

        console.WriteLine($"• {Hostile} is slower");
        console.MarkupLineInterpolated($"[red]{Hostile}[/]");
        TerminalTable.Write(console, new TextTable([new(Hostile, IsNumber: false), new("context")], [[Hostile, "1"]]));

        var text = writer.ToString();
        Assert.Contains("a]0;PWN[31m1m\nbc is slower", text.ReplaceLineEndings("\n"), StringComparison.Ordinal);
        Assert.DoesNotContain(text, letter => letter is '\u202E' || char.IsControl(letter) && letter is not ('\n' or '\r'));
        Assert.DoesNotContain("\rb", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Write_OwnColours_StayWhereTheTerminalHasThem()
    {
        using var writer = new StringWriter();
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(writer),
            Ansi = AnsiSupport.Yes,
            ColorSystem = ColorSystemSupport.Standard,
        });
        console.Pipeline.Attach(new PlainSegments());

        console.MarkupLineInterpolated($"[red]{Hostile}[/]");

        Assert.StartsWith("\u001b[", writer.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("\u001b]0", writer.ToString(), StringComparison.Ordinal);
    }
}
