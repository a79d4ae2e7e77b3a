using MemoryWall.Cli.Views;
using MemoryWall.Core;
using MemoryWall.Core.Plan;
using MemoryWall.Runs;
using MemoryWall.Sweeps;
using Spectre.Console;

namespace MemoryWall.Cli.Commands;

/// <summary>Runs plans one after the other and says what came of each.</summary>
internal static class MeasurementRunner
{
    /// <summary>Runs one plan.</summary>
    public static Task<MeasuredRun> RunAsync(SweepPlan plan, SweepSettings settings, CancellationToken cancellation) =>
        RunWithProgressAsync(watcher => Sweeper.RunAsync(plan, settings, watcher, cancellation), settings);

    /// <summary>Finishes a stored run.</summary>
    public static async Task<MeasuredRun> ResumeAsync(string run, SweepSettings settings, CancellationToken cancellation)
    {
        await using var clean = await SwapFileScope.OpenAsync(null, settings.RunsDirectory, cancellation).ConfigureAwait(false);
        return await RunWithProgressAsync(watcher => Sweeper.ResumeAsync(run, settings, watcher, cancellation), settings)
            .ConfigureAwait(false);
    }

    private static async Task<MeasuredRun> RunWithProgressAsync(Func<ISweepObserver, Task<SweepResult>> sweep, SweepSettings settings)
    {
        var view = new ProgressView(Terminal.Error, isInteractive: !Console.IsErrorRedirected && Terminal.Error.Profile.Capabilities.Ansi);
        var result = await view.RunAsync(sweep).ConfigureAwait(false);
        foreach (var finding in result.Findings)
            Terminal.Error.WriteLine(
                $"{(finding.StopsTheRun ? "cannot run" : "note")}: {finding}{(finding.CanBeForced ? " (--force runs anyway)" : "")}");
        if (result.Problem is not null)
            Terminal.Error.WriteLine(result.Problem);
        return new MeasuredRun(result, result.RunId is null ? null : new RunStore(settings.RunsDirectory).Read(result.RunId));
    }

    /// <summary>Runs a plan under each cap, until one cannot be run or stored or the user stops.</summary>
    public static async Task<IReadOnlyList<MeasuredRun>> RunForEachCapAsync(SweepPlan plan, MeasureOptions options, SweepSettings settings,
        CancellationToken cancellation)
    {
        var caps = options.ToCaps();
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

    /// <summary>What the process ends with: the gravest of the endings.</summary>
    public static int GetExitCode(IEnumerable<MeasuredRun> measured)
    {
        SweepEnding[] gravest = [SweepEnding.Cancelled, SweepEnding.StoreFailed, SweepEnding.PreflightFailed, SweepEnding.SomeTrialsFailed,
            SweepEnding.Completed];
        var endings = measured.Select(entry => entry.Result.Ending).ToHashSet();
        return ExitCodes.FromEnding(gravest.First(endings.Contains));
    }
}

/// <summary>A sweep that was asked for, and its run as stored; null where none began.</summary>
internal sealed record MeasuredRun(SweepResult Result, Run? Run);
