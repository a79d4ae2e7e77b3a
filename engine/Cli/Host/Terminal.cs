using Spectre.Console;

namespace MemoryWall.Cli.Host;

/// <summary>The console's two streams: results go to standard output, everything else to standard error.</summary>
internal static class Terminal
{
    // Redirected output has no width of its own. Tables need more than Spectre's default of 80 columns.
    private const int PipedWidth = 200;

    private static readonly IAnsiConsole s_out = Create(Console.Out, Console.IsOutputRedirected);
    private static readonly IAnsiConsole s_error = Create(Console.Error, Console.IsErrorRedirected);
    private static readonly AsyncLocal<Redirection?> s_redirection = new();

    public static IAnsiConsole Out => s_redirection.Value?.Out ?? s_out;

    public static IAnsiConsole Error => s_redirection.Value?.Error ?? s_error;

    /// <summary>Makes writers the two streams of a command line that runs within this call, for programs that hold several, until the
    /// value is disposed.</summary>
    internal static IDisposable Redirect(TextWriter output, TextWriter error) =>
        s_redirection.Value = new Redirection(Create(output, redirected: true), Create(error, redirected: true));

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

    private sealed record Redirection(IAnsiConsole Out, IAnsiConsole Error) : IDisposable
    {
        public void Dispose() => s_redirection.Value = null;
    }
}
