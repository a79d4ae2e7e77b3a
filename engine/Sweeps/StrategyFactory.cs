using MemoryWall.Analysis.Reports;
using MemoryWall.Core.Plan;
using MemoryWall.Sweeps.Preflight;
using MemoryWall.Sweeps.Setup;
using MemoryWall.Sweeps.Strategies;

namespace MemoryWall.Sweeps;

/// <summary>The strategy that a plan asks for.</summary>
internal static class StrategyFactory
{
    /// <summary>The strategy for a run.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="preflight">What preflight found; limits a search for the wall.</param>
    /// <param name="settings">Whether that limit applies.</param>
    /// <param name="existing">The report of the run from before it was resumed; without trials for a new run.</param>
    public static ISweepStrategy Create(SweepPlan plan, PreflightResult preflight, SweepSettings settings, RunReport existing)
    {
        var strategy = CreateMeasured(plan, preflight, settings, existing);
        return plan.WarmupsUntilSettled ? new StrategyChain([new AdaptiveWarmUps(plan, existing.Trials.Count), strategy]) : strategy;
    }

    private static ISweepStrategy CreateMeasured(SweepPlan plan, PreflightResult preflight, SweepSettings settings,
        RunReport existing)
    {
        if (plan.Wall is not null)
            return new WallSearch(plan, WallSearchLimit.ComputeMaxContext(plan, preflight, settings));
        if (plan.Sessions?.Search is not null)
            return new UsersWallSearch(plan);
        if (StepPlanner.UsesIncrementalDepth(plan))
            return new IncrementalPasses(plan, existing);
        var steps = existing.Trials.Count == 0 ? StepPlanner.PlanSteps(plan) : StepPlanner.PlanRemainingSteps(plan, existing);
        return StepPlanner.CreateStrategy(plan, steps);
    }
}
