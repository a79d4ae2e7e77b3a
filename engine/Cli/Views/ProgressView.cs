using MemoryWall.Sweeps;
using Spectre.Console;

namespace MemoryWall.Cli.Views;

/// <summary>
/// Shows a sweep on standard error while it runs: two living rows where that is a terminal, plain lines now and then where it is not.
/// </summary>
internal sealed class ProgressView(IAnsiConsole console, bool isInteractive)
{
    // Drawing costs time on the machine that is measured: twice a second is enough for eyes.
    private static readonly TimeSpan s_liveInterval = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan s_plainInterval = TimeSpan.FromSeconds(15);

    // The spinner and the blank behind it, and one column that stays free: some terminals wrap a full row.
    private const int ReservedColumns = 3;

    /// <summary>Runs the sweep and shows it.</summary>
    /// <param name="sweep">Given the observer, runs to the end.</param>
    public async Task<SweepResult> RunAsync(Func<ISweepObserver, Task<SweepResult>> sweep)
    {
        var observer = new ConsoleSweepObserver(WriteLine);
        if (!isInteractive)
            return await RunPlainAsync(sweep, observer).ConfigureAwait(false);
        SweepResult? result = null;
        await console.Status().Spinner(Spinner.Known.Dots).StartAsync("preparing", async status =>
        {
            var running = sweep(observer);
            while (!running.IsCompleted)
            {
                status.Status(Markup.Escape(string.Join("   ", observer.DescribeNow(console.Profile.Width - ReservedColumns))));
                await Task.WhenAny(running, Task.Delay(s_liveInterval)).ConfigureAwait(false);
            }
            result = await running.ConfigureAwait(false);
        }).ConfigureAwait(false);
        return result!;
    }

    private async Task<SweepResult> RunPlainAsync(Func<ISweepObserver, Task<SweepResult>> sweep, ConsoleSweepObserver observer)
    {
        var running = sweep(observer);
        var said = "";
        while (await Task.WhenAny(running, Task.Delay(s_plainInterval)).ConfigureAwait(false) != running)
            if (string.Join("   ", observer.DescribeNow(console.Profile.Width)) is var now && now != said)
                WriteLine(said = now);
        return await running.ConfigureAwait(false);
    }

    private void WriteLine(string text)
    {
        lock (console)
        {
            if (isInteractive)
                console.Write(new LogLineRenderable(text));
            else
                console.WriteLine(text);
        }
    }
}
