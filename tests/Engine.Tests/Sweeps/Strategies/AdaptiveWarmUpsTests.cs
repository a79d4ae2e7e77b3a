using MemoryWall.Core.Plan;
using MemoryWall.Core.Trials;
using MemoryWall.Core.Units;
using MemoryWall.Engine.Tests.Analysis;
using MemoryWall.Sweeps.Strategies;

namespace MemoryWall.Engine.Tests.Sweeps.Strategies;

public sealed class AdaptiveWarmUpsTests
{
    private static readonly SweepPlan s_plan = new()
    {
        Target = "embedded",
        Contexts = [new TokenCount(4096), new TokenCount(1024)],
        Warmups = 0,
        WarmupsUntilSettled = true
    };

    // Runs warm-ups with these prefill seconds and gives their number.
    private static int Run(Func<int, double> prefill, Func<int, Outcome>? outcome = null, IReadOnlyList<Trial>? before = null)
    {
        var strategy = new AdaptiveWarmUps(s_plan, before?.Count ?? 0);
        var trials = new List<Trial>(before ?? []);
        var run = 0;
        while (strategy.Next(AnalysisSamples.Report(trials)) is { } step)
        {
            Assert.Equal((1024, true), (step.ContextTokens, step.IsWarmup));
            trials.Add(
                AnalysisSamples.Server(trials.Count + 1, 1024, prefill(run), 2) with
                {
                    Repetition = 0,
                    Flags = TrialFlags.Warmup,
                    Outcome = outcome?.Invoke(run) ?? new Completed()
                });
            run++;
        }
        return run;
    }

    [Fact]
    public void Next_SteadyTarget_TwoAreEnough() => Assert.Equal(2, Run(_ => 1));

    [Fact]
    public void Next_TargetThatTakesThreeToSettle_HasOneMoreThatIsAlike() =>
        Assert.Equal(5, Run(i => i switch { 0 => 9, 1 => 4, 2 => 2, _ => 1 }));

    [Fact]
    public void Next_TargetThatGoesOnWarming_EndsAtEight() => Assert.Equal(8, Run(i => Math.Pow(0.5, i)));

    [Fact]
    public void Next_WarmUpFails_IsNotTriedAgain() => Assert.Equal(1, Run(_ => 1, _ => new OutOfMemory("killed")));

    [Fact]
    public void Next_Resumed_TheNewTargetIsWarmedAgain() =>
        Assert.Equal(2,
            Run(_ => 1,
                before: [
                    .. Enumerable.Range(1, 3)
                        .Select(i => AnalysisSamples.Server(i, 1024, 1, 2) with { Repetition = 0, Flags = TrialFlags.Warmup })]));

    [Fact]
    public void Chain_WarmUpsFirst_ThenThePlan()
    {
        var chain = new StrategyChain([new AdaptiveWarmUps(s_plan, 0), StepPlanner.CreateStrategy(s_plan, StepPlanner.PlanSteps(s_plan))]);
        Assert.Equal([true, true, false, false], chain.PlannedSteps.Select(step => step.IsWarmup));
    }
}
