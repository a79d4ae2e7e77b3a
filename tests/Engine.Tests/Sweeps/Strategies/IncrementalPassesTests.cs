using MemoryWall.Core.Plan;
using MemoryWall.Core.Trials;
using MemoryWall.Core.Units;
using MemoryWall.Engine.Tests.Analysis;
using MemoryWall.Sweeps.Strategies;

namespace MemoryWall.Engine.Tests.Sweeps.Strategies;

public sealed class IncrementalPassesTests
{
    private static SweepPlan Plan(SweepMethod method, int repetitions = 1, params int[] contexts) => new()
    {
        Target = "embedded",
        Method = method,
        Contexts = [.. (contexts.Length > 0 ? contexts : [8192, 2048, 32768, 4096, 16384]).Select(n => new TokenCount(n))],
        Repetitions = repetitions,
        Warmups = 1,
    };

    private static Trial Done(int context, SweepMethod method, Outcome? outcome = null) =>
        PlannedTrials.Create(context, outcome ?? new Completed()) with
        {
            Method = method,
            Server = new ServerTimings { Prefill = TimeSpan.FromSeconds(1) },
        };

    private static IEnumerable<string> Shown(IEnumerable<SweepStep> steps) =>
        steps.Select(step => $"{step.Method} {string.Join("-", step.Contexts)} r{step.Repetition}");

    [Fact]
    public void PlanSteps_EachMethod_OnePassARepetitionAndItsReferees()
    {
        Assert.Equal(["Cold 2048 r0", "IncrementalDepth 2048-4096-8192-16384-32768 r1", "IncrementalDepth 2048-4096-8192-16384-32768 r2"],
            Shown(StepPlanner.PlanSteps(Plan(SweepMethod.IncrementalDepth, 2))));
        Assert.Equal(["Cold 2048 r0", "IncrementalDepth 2048-4096-8192-16384-32768 r1", "Cold 2048 r1", "Cold 8192 r1"],
            Shown(StepPlanner.PlanSteps(Plan(SweepMethod.Auto))));
        Assert.Equal(["Cold 2048 r0", "SyntheticDepth 2048-4096-8192-16384-32768 r1", "Cold 8192 r1"],
            Shown(StepPlanner.PlanSteps(Plan(SweepMethod.SyntheticDepth))));
        Assert.Equal(["Cold 512 r0", "Cold 512 r1"], Shown(StepPlanner.PlanSteps(Plan(SweepMethod.Auto, 1, 512))));
        Assert.Equal(["Cold 512 r0", "SyntheticDepth 512-1024 r1", "Cold 512 r1"],
            Shown(StepPlanner.PlanSteps(Plan(SweepMethod.SyntheticDepth, 1, 1024, 512))));
    }

    [Fact]
    public void Remaining_StoppedInThePass_TheRestIsAPassOfItsOwn()
    {
        Trial[] done = [Done(2048, SweepMethod.IncrementalDepth), Done(4096, SweepMethod.IncrementalDepth, new OutOfMemory("oom_kill 1")),
            Done(8192, SweepMethod.IncrementalDepth, new Cancelled())];
        Assert.Equal(["Cold 2048 r0", "IncrementalDepth 8192-16384-32768 r1", "Cold 2048 r1", "Cold 8192 r1"],
            Shown(PlannedTrials.Remaining(Plan(SweepMethod.Auto), done)));
    }

    [Fact]
    public void Remaining_ATrialOfAnotherMethodAtTheContext_DoesNotStandForIt()
    {
        var left = Shown(PlannedTrials.Remaining(Plan(SweepMethod.Auto), [Done(2048, SweepMethod.Cold)])).ToList();
        Assert.Contains("IncrementalDepth 2048-4096-8192-16384-32768 r1", left);
        Assert.DoesNotContain("Cold 2048 r1", left);
    }

    [Fact]
    public void Remaining_AllDone_NothingIsLeft_NotEvenWarmups()
    {
        var plan = Plan(SweepMethod.SyntheticDepth);
        Assert.Empty(
            PlannedTrials.Remaining(plan,
                [.. plan.Contexts.Select(context => Done(context.Value, SweepMethod.SyntheticDepth)), Done(8192, SweepMethod.Cold)]));
    }

    [Fact]
    public void Next_TheLargestFailed_GoesOnWithoutIt_AndEnds()
    {
        var strategy = new IncrementalPasses(Plan(SweepMethod.IncrementalDepth), AnalysisSamples.Report([]));
        var done = new List<Trial>();
        Assert.True(strategy.Next(AnalysisSamples.Report(done))!.IsWarmup);
        Assert.Equal(32768, strategy.Next(AnalysisSamples.Report(done))!.ContextTokens);
        done.Add(Done(32768, SweepMethod.IncrementalDepth, new OutOfMemory("the window did not fit")));
        var next = strategy.Next(AnalysisSamples.Report(done))!;
        Assert.Equal([2048, 4096, 8192, 16384], next.IncrementalContexts);
        done.AddRange(next.IncrementalContexts.Select(context => Done(context, SweepMethod.IncrementalDepth)));
        Assert.Null(strategy.Next(AnalysisSamples.Report(done)));
    }

    [Fact]
    public void Next_Auto_ContextsThatTheTargetCouldNotProve_AreRunCold()
    {
        var strategy = new IncrementalPasses(Plan(SweepMethod.Auto) with { Warmups = 0 }, AnalysisSamples.Report([]));
        List<Trial> done = [
            .. strategy.Next(AnalysisSamples.Report([]))!.IncrementalContexts.Select(
                context =>
                    Done(context,
                        SweepMethod.IncrementalDepth)
                        with { Server = new ServerTimings { Prefill = context < 16384 ? TimeSpan.FromSeconds(1) : null } })];
        var cold = new List<int>();
        while (strategy.Next(AnalysisSamples.Report(done)) is { } step)
        {
            Assert.True(cold.Count < 10, "it does not end");
            cold.Add(step.ContextTokens);
            done.Add(Done(step.ContextTokens, SweepMethod.Cold));
        }
        Assert.Equal([2048, 8192, 16384, 32768], cold);
    }
}
