using MemoryWall.Notebooks.Kernel;
using MemoryWall.Notebooks.Views;
using MemoryWall.Sweeps;

namespace MemoryWall.Notebooks.Live;

/// <summary>Shows a sweep while it runs: one output that changes in a notebook, lines now and then elsewhere.</summary>
internal static class LiveDisplay
{
    // Kernels lose output that comes too fast, and drawing costs time on the machine that is measured.
    internal static readonly TimeSpan Period = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan s_plainPeriod = TimeSpan.FromSeconds(10);

    public static async Task<SweepResult> ShowAsync(Func<ISweepObserver, Task<SweepResult>> sweep)
    {
        var state = new LiveSweep();
        // The output belongs to the cell that runs now; the sweep's own threads know nothing of it.
        var output = NotebookKernel.Display(LiveView.Of(state.Now()), "text/html", "text/plain");
        var running = Task.Run(() => sweep(state));
        var period = output is null ? s_plainPeriod : Period;
        while (await Task.WhenAny(running, Task.Delay(period)).ConfigureAwait(false) != running)
            Show(output, LiveView.Of(state.Now()));
        var result = await running.ConfigureAwait(false);
        Show(output, LiveView.Of(state.Now() with { Ending = result.Ending }));
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
