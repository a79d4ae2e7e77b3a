using Spectre.Console;

namespace MemoryWall.Cli.Host;

/// <summary>The console's two streams: results go to standard output, everything else to standard error.</summary>
internal static class Terminal
{
    // Redirected output has no width of its own. Tables need more than Spectre's default of 80 columns.
    private const int PipedWidth = 200;

    public static IAnsiConsole Out { get; } = Create(Console.Out, Console.IsOutputRedirected);

    public static IAnsiConsole Error { get; } = Create(Console.Error, Console.IsErrorRedirected);

    /// <summary>A console on a writer, to which no text carries control characters.</summary>
    internal static IAnsiConsole Create(TextWriter writer, bool redirected)
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Out = new AnsiConsoleOutput(writer),
            Interactive = redirected ? InteractionSupport.No : InteractionSupport.Yes,
            Ansi = redirected ? AnsiSupport.No : AnsiSupport.Detect,
        });
        console.Pipeline.Attach(new PlainSegments());
        if (redirected)
            console.Profile.Width = PipedWidth;
        return console;
    }
}
