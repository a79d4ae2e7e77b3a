using MemoryWall.Analysis.Reports;
using MemoryWall.Cli.Host;
using MemoryWall.Cli.Views;
using MemoryWall.Core;
using MemoryWall.Core.Plan;
using MemoryWall.Sweeps;
using MemoryWall.Sweeps.Setup;
using Spectre.Console;

namespace MemoryWall.Cli.Execution;

/// <summary>Runs the sweeps of several systems in turn, one trial of each after the other.</summary>
internal static class SystemsRunner
{
    /// <summary>Runs the systems.</summary>
    /// <param name="systems">Their names and plans.</param>
    /// <param name="swapFile">The text of <c>--with-swap-file</c>; null for none.</param>
    /// <param name="settings">The settings of all runs.</param>
    /// <param name="cancellation">Stops all of them.</param>
    public static async Task<(IReadOnlyList<MeasuredRun> Measured, SystemsReport Comparison)> RunAsync(
        IReadOnlyList<(string Name, SweepPlan Plan)> systems, string? swapFile, SweepSettings settings, CancellationToken cancellation)
    {
        if (Sweeper.RefuseAll(systems.Select(system => system.Plan), settings, Sweeper.OtherSystemCannotRun) is { } refused)
            return Finish(systems, refused, settings, Terminal.Error.WriteLine);
        await using var swap = await SwapFileScope.OpenAsync(swapFile, settings.RunsDirectory, cancellation).ConfigureAwait(false);
        var view = SweepRunner.CreateView();
        var progress = new SystemsProgress(systems, view.WriteLine);
        var sweeps = SystemsSweeper.RunAsync([.. systems.Select(system => new PlannedSystem(system.Name, system.Plan))], settings,
            progress.GetObserver, cancellation);
        await view.ShowUntilCompletedAsync(sweeps, progress.DescribeNow).ConfigureAwait(false);
        var results = await sweeps.ConfigureAwait(false);
        return Finish(systems, results, settings, view.WriteLine);
    }

    private static (IReadOnlyList<MeasuredRun> Measured, SystemsReport Comparison) Finish(
        IReadOnlyList<(string Name, SweepPlan Plan)> systems, IReadOnlyList<SweepResult> results, SweepSettings settings,
        Action<string> writeLine)
    {
        foreach (var (system, result) in systems.Zip(results))
        {
            foreach (var line in SweepEndingLines.Format(result))
                writeLine($"{system.Name}: {line}");
        }
        var measured = results.Select(result => MeasuredRun.Read(result, settings)).ToList();
        return (measured,
            SystemsReport.Create([.. measured.Select(entry => entry.Run).OfType<Run>().Select(run => RunReport.Create(run))]));
    }
}
