using Spectre.Console;

namespace MemoryWall.Cli.Views;

/// <summary>Shows what is running: live rows on a terminal, a plain line now and then elsewhere.</summary>
/// <param name="console">Where it is shown.</param>
/// <param name="isInteractive">Whether the console is a terminal that can redraw rows.</param>
internal sealed class ProgressView(IAnsiConsole console, bool isInteractive)
{
    // Drawing costs time on the measured machine; twice a second is enough to watch.
    private static readonly TimeSpan s_liveInterval = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan s_plainInterval = TimeSpan.FromSeconds(15);

    // The spinner, the blank after it, and one free column, since some terminals wrap a full row.
    private const int ReservedColumns = 3;

    /// <summary>Shows the work until it has ended, well or not. Its errors are the caller's to handle.</summary>
    /// <param name="work">The running work.</param>
    /// <param name="describeNow">The rows about this moment, for a number of columns.</param>
    public Task ShowUntilCompletedAsync(Task work, Func<int, IReadOnlyList<string>> describeNow) =>
        isInteractive ? ShowLiveAsync(work, describeNow) : ShowLinesAsync(work, describeNow);

    /// <summary>Writes a line above the live rows.</summary>
    public void WriteLine(string text)
    {
        lock (console)
        {
            if (isInteractive)
                console.Write(new LogLineRenderable(text));
            else
                console.WriteLine(text);
        }
    }

    // Spectre's status shows a single row, and removes line breaks from it.
    private Task ShowLiveAsync(Task work, Func<int, IReadOnlyList<string>> describeNow) =>
        console.Live(new Text("")).AutoClear(true).StartAsync(async live =>
        {
            var frames = Spinner.Known.Dots.Frames;
            for (var i = 0; !work.IsCompleted; i++)
            {
                live.UpdateTarget(CreateRows(frames[i % frames.Count], describeNow(console.Profile.Width - ReservedColumns)));
                await Task.WhenAny(work, Task.Delay(s_liveInterval)).ConfigureAwait(false);
            }
        });

    private static Text CreateRows(string spinner, IReadOnlyList<string> rows) => rows.Count == 0
        ? new Text("")
        : new Text(string.Join('\n', rows.Select((row, i) => (i == 0 ? spinner : new string(' ', spinner.Length)) + " " + row)));

    private async Task ShowLinesAsync(Task work, Func<int, IReadOnlyList<string>> describeNow)
    {
        var shown = "";
        while (await Task.WhenAny(work, Task.Delay(s_plainInterval)).ConfigureAwait(false) != work)
        {
            if (string.Join("   ", describeNow(console.Profile.Width)) is var now && now != shown)
                WriteLine(shown = now);
        }
    }
}
