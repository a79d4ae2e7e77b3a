using MemoryWall.Sweeps;
using Spectre.Console;

namespace MemoryWall.Cli.Views;

/// <summary>
/// Shows a sweep on standard error while it runs: two living rows where that is a terminal, plain lines now and then where it is not.
/// </summary>
internal sealed class ProgressView(IAnsiConsole console, bool living)
{
    // Drawing costs time on the machine that is measured: twice a second is enough for eyes.
    private static readonly TimeSpan LivingInterval = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan PlainInterval = TimeSpan.FromSeconds(15);

    // The spinner and the blank behind it, and one column that stays free: some terminals wrap a full row.
    private const int Taken = 3;

    /// <summary>Runs the sweep and shows it.</summary>
    /// <param name="sweep">Given the observer, runs to the end.</param>
    public async Task<SweepResult> RunAsync(Func<ISweepObserver, Task<SweepResult>> sweep)
    {
        var observer = new SweepObserver(Line);
        if (!living)
            return await PlainAsync(sweep, observer).ConfigureAwait(false);
        SweepResult? result = null;
        await console.Status().Spinner(Spinner.Known.Dots).StartAsync("preparing", async status =>
        {
            var running = sweep(observer);
            while (!running.IsCompleted)
            {
                status.Status(Markup.Escape(string.Join("   ", observer.Now(console.Profile.Width - Taken))));
                await Task.WhenAny(running, Task.Delay(LivingInterval)).ConfigureAwait(false);
            }
            result = await running.ConfigureAwait(false);
        }).ConfigureAwait(false);
        return result!;
    }

    private async Task<SweepResult> PlainAsync(Func<ISweepObserver, Task<SweepResult>> sweep, SweepObserver observer)
    {
        var running = sweep(observer);
        var said = "";
        while (await Task.WhenAny(running, Task.Delay(PlainInterval)).ConfigureAwait(false) != running)
            if (string.Join("   ", observer.Now(console.Profile.Width)) is var now && now != said)
                Line(said = now);
        return await running.ConfigureAwait(false);
    }

    private void Line(string text)
    {
        lock (console)
        {
            if (living)
                console.Write(new LineAbove(text));
            else
                console.WriteLine(text);
        }
    }
}
