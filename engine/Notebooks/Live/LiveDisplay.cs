using MemoryWall.Notebooks.DotNetInteractive;
using MemoryWall.Notebooks.Views;
using MemoryWall.Sweeps;

namespace MemoryWall.Notebooks.Live;

/// <summary>Shows a sweep while it runs: one output that changes in a notebook, lines now and then elsewhere.</summary>
internal static class LiveDisplay
{
    // Kernels lose output that comes too fast, and drawing costs time on the machine that is measured.
    internal static readonly TimeSpan RefreshInterval = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan s_plainInterval = TimeSpan.FromSeconds(10);

    public static async Task<SweepResult> ShowAsync(Func<ISweepObserver, Task<SweepResult>> sweep)
    {
        var state = new LiveSweepObserver();
        // The output belongs to the cell that runs now; the sweep's own threads know nothing of it.
        var output = InteractiveKernelBridge.Display(LiveView.Create(state.GetState()), "text/html", "text/plain");
        var running = Task.Run(() => sweep(state));
        var period = output is null ? s_plainInterval : RefreshInterval;
        while (await Task.WhenAny(running, Task.Delay(period)).ConfigureAwait(false) != running)
            Show(output, LiveView.Create(state.GetState()));
        var result = await running.ConfigureAwait(false);
        Show(output, LiveView.Create(state.GetState() with { Ending = result.Ending }));
        return result;
    }

    private static void Show(KernelDisplay? output, View view)
    {
        if (output is null)
            Console.Out.WriteLine(view.Text.Split('\n')[0]);
        else
            output.Update(view);
    }
}
