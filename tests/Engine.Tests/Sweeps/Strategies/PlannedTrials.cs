using MemoryWall.Core.Plan;
using MemoryWall.Core.Trials;
using MemoryWall.Engine.Tests.Analysis;
using MemoryWall.Sweeps.Strategies;

namespace MemoryWall.Engine.Tests.Sweeps.Strategies;

internal static class PlannedTrials
{
    public static Trial Create(int context, Outcome outcome) => new()
    {
        Number = context,
        ContextTokens = context,
        Repetition = 1,
        OutputTokensAsked = 64,
        Outcome = outcome,
    };

    /// <summary>The steps of a plan that are missing after these trials.</summary>
    public static IReadOnlyList<SweepStep> Remaining(SweepPlan plan, IReadOnlyList<Trial> done) =>
        StepPlanner.PlanRemainingSteps(plan, AnalysisSamples.Report(done));
}
