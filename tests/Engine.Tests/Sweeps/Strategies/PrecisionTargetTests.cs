using MemoryWall.Core.Plan;
using MemoryWall.Core.Trials;
using MemoryWall.Engine.Tests.Analysis;
using MemoryWall.Statistics;
using MemoryWall.Sweeps.Strategies;

namespace MemoryWall.Engine.Tests.Sweeps.Strategies;

public sealed class PrecisionTargetTests
{
    private static ScriptedRates System(double scatter, int seed = 1) =>
        new(new PhaseTimes(0.02, 1e-4, 5e-9, 0.010, 1e-7), scatter, seed);

    private static SweepPlan Plan(double tolerance, double seconds = 1e6) => ScriptedRates.Plan([1024, 4096], 1) with
    {
        Precision = new PrecisionPlan { Tolerance = tolerance, Budget = TimeSpan.FromSeconds(seconds) },
    };

    [Fact]
    public void Sweep_EnoughTime_EveryRateIsKnownAsWellAsAsked()
    {
        var contexts = AnalysisSamples.Report(System(0.05).Sweep(Plan(0.03))).Contexts;
        Assert.All(contexts, context => Assert.All(new[] { context.PrefillTps!, context.GenerationTps! }, figure =>
        {
            Assert.Equal(IntervalKind.Confidence, figure.Estimate.Kind);
            Assert.True(figure.Estimate.RelativeHalfWidth <= 0.03);
        }));
    }

    [Fact]
    public void Sweep_QuietSystem_TakesNoMoreThanAnIntervalNeeds() => Assert.Equal(10, System(0).Sweep(Plan(0.02)).Count);

    // The context with the largest scatter gets most of the repetitions.
    [LongFact]
    public void Sweep_OneContextScatters_GetsTheRepetitions()
    {
        var quiet = System(0.001);
        var wild = System(0.10, 7);
        var plan = Plan(0.03);
        var strategy = StepPlanner.CreateStrategy(plan, StepPlanner.PlanSteps(plan));
        var trials = new List<Trial>();
        while (strategy.Next(AnalysisSamples.Report(trials)) is { } step)
            trials.Add(
                (step.ContextTokens == 4096 ? wild : quiet).Sweep(new FixedGrid([step]), [])[0] with { Number = trials.Count + 1 });
        Assert.Equal(5, trials.Count(trial => trial.ContextTokens == 1024));
        Assert.True(trials.Count(trial => trial.ContextTokens == 4096) > 15);
    }

    [Fact]
    public void Sweep_LittleTime_StaysWithinIt()
    {
        var trials = System(0.3).Sweep(Plan(0.001, seconds: 20));
        Assert.InRange(PrecisionTarget.ComputeSpentSeconds(AnalysisSamples.Report(trials)), 15, 22);
    }

    [Fact]
    public void Sweep_ContextThatFails_IsGivenUpAfterTwo()
    {
        var trials = System(0.001).Sweep(Plan(0.02), trial => trial.ContextTokens == 4096 ? new OutOfMemory("killed") : new Completed());
        Assert.Equal(2, trials.Count(trial => trial.ContextTokens == 4096));
        Assert.Equal(5, trials.Count(trial => trial.ContextTokens == 1024));
    }

    [Fact]
    public void Remaining_BudgetSpentBefore_NothingIsLeft()
    {
        var plan = Plan(0.001, seconds: 20);
        Assert.Empty(PlannedTrials.Remaining(plan, System(0.3).Sweep(plan)));
    }
}
