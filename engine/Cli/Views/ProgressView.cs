using MemoryWall.Sweeps.Setup;
using Spectre.Console;

namespace MemoryWall.Cli.Views;

/// <summary>Shows a running sweep: two live rows on a terminal, a plain line now and then elsewhere.</summary>
internal sealed class ProgressView
{
    // Drawing costs time on the measured machine; twice a second is enough to watch.
    private static readonly TimeSpan s_liveInterval = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan s_plainInterval = TimeSpan.FromSeconds(15);

    // The spinner, the blank after it, and one free column, since some terminals wrap a full row.
    private const int ReservedColumns = 3;

    private readonly IAnsiConsole _console;
    private readonly bool _isInteractive;
    private readonly ConsoleSweepObserver _observer;

    /// <param name="console">Where the sweep is shown.</param>
    /// <param name="isInteractive">Whether the console is a terminal that can redraw rows.</param>
    public ProgressView(IAnsiConsole console, bool isInteractive)
    {
        _console = console;
        _isInteractive = isInteractive;
        _observer = new ConsoleSweepObserver(WriteLine);
    }

    /// <summary>The observer that the sweep reports to.</summary>
    public ISweepObserver Observer => _observer;

    /// <summary>Shows the sweep until it has ended, well or not. Its errors are the caller's to handle.</summary>
    /// <param name="sweep">The running sweep.</param>
    public Task ShowUntilCompletedAsync(Task sweep) => _isInteractive ? ShowLiveAsync(sweep) : ShowLinesAsync(sweep);

    private Task ShowLiveAsync(Task sweep) => _console.Status().Spinner(Spinner.Known.Dots).StartAsync("preparing", async status =>
    {
        while (!sweep.IsCompleted)
        {
            status.Status(Markup.Escape(string.Join('\n', _observer.DescribeNow(_console.Profile.Width - ReservedColumns))));
            await Task.WhenAny(sweep, Task.Delay(s_liveInterval)).ConfigureAwait(false);
        }
    });

    private async Task ShowLinesAsync(Task sweep)
    {
        var shown = "";
        while (await Task.WhenAny(sweep, Task.Delay(s_plainInterval)).ConfigureAwait(false) != sweep)
        {
            if (string.Join("   ", _observer.DescribeNow(_console.Profile.Width)) is var now && now != shown)
                WriteLine(shown = now);
        }
    }

    private void WriteLine(string text)
    {
        lock (_console)
        {
            if (_isInteractive)
                _console.Write(new LogLineRenderable(text));
            else
                _console.WriteLine(text);
        }
    }
}
