using MemoryWall.Cli.Host;
using MemoryWall.Cli.Options;
using MemoryWall.Cli.Views;
using MemoryWall.Core.Plan;
using MemoryWall.Sweeps;
using MemoryWall.Sweeps.Setup;
using Spectre.Console;

namespace MemoryWall.Cli.Execution;

/// <summary>Runs sweeps one after the other, with their progress on standard error.</summary>
internal static class SweepRunner
{
    /// <summary>Runs one plan.</summary>
    public static Task<MeasuredRun> RunAsync(SweepPlan plan, SweepSettings settings, CancellationToken cancellation)
    {
        var progress = CreateView();
        var observer = new ConsoleSweepObserver(progress.WriteLine);
        return FinishAsync(Sweeper.RunAsync(plan, settings, observer, cancellation), observer, progress, settings);
    }

    /// <summary>Finishes a stored run.</summary>
    public static async Task<MeasuredRun> ResumeAsync(string run, SweepSettings settings, CancellationToken cancellation)
    {
        await using var clean = await SwapFileScope.OpenAsync(null, settings.RunsDirectory, cancellation).ConfigureAwait(false);
        var progress = CreateView();
        var observer = new ConsoleSweepObserver(progress.WriteLine);
        return await FinishAsync(Sweeper.ResumeAsync(run, settings, observer, cancellation), observer, progress, settings)
            .ConfigureAwait(false);
    }

    /// <summary>Runs a plan under each cap, until one cannot be run or stored or the user stops.</summary>
    public static async Task<IReadOnlyList<MeasuredRun>> RunForEachCapAsync(SweepPlan plan, MeasureOptions options, SweepSettings settings,
        CancellationToken cancellation)
    {
        var caps = options.ToCaps();
        // A list is checked as a whole: its last cap must not be found wrong after hours.
        if (caps.Count > 1
            && Sweeper.RefuseAll(caps.Select(cap => plan with { Cap = cap }), settings, Sweeper.OtherCapCannotRun) is { } refused)
        {
            foreach (var line in refused.SelectMany(SweepEndingLines.Format).Distinct())
                Terminal.Error.WriteLine(line);
            return [.. refused.Select(result => new MeasuredRun(result, null))];
        }
        var measured = new List<MeasuredRun>();
        await using var swap = await SwapFileScope.OpenAsync(options.WithSwapFile, settings.RunsDirectory, cancellation)
            .ConfigureAwait(false);
        foreach (var cap in caps)
        {
            measured.Add(await RunAsync(plan with { Cap = cap }, settings, cancellation).ConfigureAwait(false));
            if (measured[^1].Result.Ending is SweepEnding.PreflightFailed or SweepEnding.Cancelled or SweepEnding.StoreFailed)
                break;
        }
        return measured;
    }

    /// <summary>The view of what runs, on standard error.</summary>
    public static ProgressView CreateView() =>
        new(Terminal.Error, isInteractive: !Console.IsErrorRedirected && Terminal.Error.Profile.Capabilities.Ansi);

    private static async Task<MeasuredRun> FinishAsync(Task<SweepResult> sweep, ConsoleSweepObserver observer, ProgressView progress,
        SweepSettings settings)
    {
        await progress.ShowUntilCompletedAsync(sweep, observer.DescribeNow).ConfigureAwait(false);
        var result = await sweep.ConfigureAwait(false);
        foreach (var line in SweepEndingLines.Format(result))
            Terminal.Error.WriteLine(line);
        return MeasuredRun.Read(result, settings);
    }
}
