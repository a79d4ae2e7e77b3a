using MemoryWall.Core.Primitives;
using MemoryWall.Notebooks.DotNetInteractive;
using MemoryWall.Notebooks.Views;
using MemoryWall.Reporting.Live;
using MemoryWall.Sweeps;
using MemoryWall.Sweeps.Live;
using MemoryWall.Sweeps.Setup;

namespace MemoryWall.Notebooks.Live;

/// <summary>Shows a running sweep: as one changing output in a notebook, as a line every ten seconds elsewhere.</summary>
internal static class LiveDisplay
{
    // Kernels lose output that arrives too fast, and drawing uses the machine that is being measured.
    internal static readonly TimeSpan RefreshInterval = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan s_plainInterval = TimeSpan.FromSeconds(10);

    /// <summary>Shows sweeps while they run.</summary>
    /// <param name="names">The names of the systems that are measured; one empty name for a sweep alone.</param>
    /// <param name="measure">Runs them, each followed by the observer of its name.</param>
    /// <param name="cell">Is cancelled when the user stops the cell, after which the kernel takes no more outputs of it.</param>
    public static async Task<IReadOnlyList<SweepResult>> ShowAsync(IReadOnlyList<string> names,
        Func<Func<string, ISweepObserver>, Task<IReadOnlyList<SweepResult>>> measure, CancellationToken cell)
    {
        var systems = names.ToDictionary(name => name, _ => new LiveSystem(new LiveTracker()));
        View Draw(IReadOnlyList<SweepResult>? results) => LiveView.Create([.. names.Select(name => systems[name])], results);
        // The output must be created on this thread, because it belongs to the running cell.
        var output = InteractiveKernelBridge.Display(Draw(null), "text/html", "text/plain");
        await using var last = cell.Register(() => Show(output, Draw(null).AddLine(LiveLine.DescribeEnding(SweepEnding.Cancelled))))
            .ConfigureAwait(false);
        var running = Task.Run(() => measure(name => systems[name].Tracker));
        var period = output is null ? s_plainInterval : RefreshInterval;
        while (await Task.WhenAny(running, Task.Delay(period, CancellationToken.None)).ConfigureAwait(false) != running)
            Show(output, Draw(null));
        var results = await running.ConfigureAwait(false);
        Show(output, Draw(results));
        return results;
    }

    private static void Show(KernelDisplay? output, View view)
    {
        if (output is null)
            Console.Out.WriteLine(SafeText.RemoveUnsafe(view.Text.Trim()));
        else
            output.Update(view);
    }
}
