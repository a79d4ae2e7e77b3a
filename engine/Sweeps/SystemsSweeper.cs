using MemoryWall.Core.Plan;
using MemoryWall.Runs.Archives;
using MemoryWall.Sweeps.Setup;

namespace MemoryWall.Sweeps;

/// <summary>A system of a comparison.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Plan">What it measures.</param>
/// <param name="ResumedRun">The stored run that it finishes; null for a new run.</param>
internal sealed record PlannedSystem(string Name, SweepPlan Plan, string? ResumedRun = null);

/// <summary>Runs the sweeps of several systems in turn, one trial of each after the other.</summary>
internal static class SystemsSweeper
{
    /// <summary>A comparison that begins now, to which systems can be added later.</summary>
    /// <param name="shared">The plan that its systems share.</param>
    public static ComparisonPlan NewComparison(SweepPlan shared) =>
        new() { Id = RunSources.NewComparisonId(TimeProvider.System.GetUtcNow()), Shared = shared };

    /// <summary>Runs the systems; the results are in their order.</summary>
    /// <param name="systems">The systems.</param>
    /// <param name="settings">The settings of all runs.</param>
    /// <param name="createObserver">What follows the system of this name.</param>
    /// <param name="cancellation">Stops all of them.</param>
    public static async Task<IReadOnlyList<SweepResult>> RunAsync(IReadOnlyList<PlannedSystem> systems, SweepSettings settings,
        Func<string, ISweepObserver> createObserver, CancellationToken cancellation)
    {
        var turns = new RoundRobinScheduler();
        // All systems join before the first one starts, so that none gets ahead of the others.
        var planned = systems.Select(system => (System: system, Observer: createObserver(system.Name),
            Settings: settings with { RoundRobin = turns.Join() })).ToList();
        return await Task.WhenAll(planned.Select(entry => Task.Run(
            () => RunAsync(entry.System, entry.Settings, entry.Observer, cancellation)))).ConfigureAwait(false);
    }

    private static async Task<SweepResult> RunAsync(PlannedSystem system, SweepSettings settings, ISweepObserver observer,
        CancellationToken cancellation)
    {
        using var place = settings.RoundRobin!;
        try
        {
            if (system.ResumedRun is not { } run)
                return await Sweeper.RunAsync(system.Plan, settings, observer, cancellation).ConfigureAwait(false);
            await place.WaitForTurnAsync(cancellation).ConfigureAwait(false);
            return await Sweeper.ResumeAsync(run, settings, observer, cancellation).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            // Stopped before its first turn: the other systems' runs are read nevertheless.
            return new SweepResult(SweepEnding.Cancelled, null, null, []);
        }
    }
}
