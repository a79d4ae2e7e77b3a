using MemoryWall.Notebooks.DotNetInteractive;
using MemoryWall.Notebooks.Views;
using MemoryWall.Sweeps;
using MemoryWall.Sweeps.Setup;

namespace MemoryWall.Notebooks.Live;

/// <summary>Shows a running sweep: as one changing output in a notebook, as a line every ten seconds elsewhere.</summary>
internal static class LiveDisplay
{
    // Kernels lose output that arrives too fast, and drawing uses the machine that is being measured.
    internal static readonly TimeSpan RefreshInterval = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan s_plainInterval = TimeSpan.FromSeconds(10);

    public static async Task<SweepResult> ShowAsync(Func<ISweepObserver, Task<SweepResult>> sweep)
    {
        var state = new LiveSweepObserver();
        // The output must be created on this thread, because it belongs to the running cell.
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
