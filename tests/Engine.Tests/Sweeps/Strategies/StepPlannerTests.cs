using CsCheck;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Trials;
using MemoryWall.Core.Units;
using MemoryWall.Sweeps.Strategies;

namespace MemoryWall.Engine.Tests.Sweeps.Strategies;

public class StepPlannerTests
{
    private static SweepPlan Plan(int repetitions = 3, int seed = 1, TrialOrder order = TrialOrder.Shuffled) => new()
    {
        Target = "embedded",
        Contexts = [.. new[] { 8192, 2048, 512, 1024, 4096 }.Select(n => new TokenCount(n))],
        Repetitions = repetitions,
        Warmups = 2,
        Seed = seed,
        Order = order,
    };

    [Fact]
    public void PlanSteps_AnySeed_HoldsEveryContextOncePerBlock() => Gen.Int.Sample(seed =>
    {
        var steps = StepPlanner.PlanSteps(Plan(seed: seed)).Where(step => !step.IsWarmup).ToList();
        return Enumerable.Range(1, 3).All(repetition =>
            steps.Skip((repetition - 1) * 5).Take(5).All(step => step.Repetition == repetition) &&
            steps.Skip((repetition - 1) * 5).Take(5).Select(step => step.ContextTokens).Order()
                .SequenceEqual([512, 1024, 2048, 4096, 8192]));
    });

    [Fact]
    public void PlanSteps_SameSeed_SameOrder_OtherSeed_OtherOrder()
    {
        Assert.Equal(StepPlanner.PlanSteps(Plan(seed: 7)), StepPlanner.PlanSteps(Plan(seed: 7)));
        Assert.NotEqual(StepPlanner.PlanSteps(Plan(repetitions: 9, seed: 7)), StepPlanner.PlanSteps(Plan(repetitions: 9, seed: 8)));
    }

    [Fact]
    public void PlanSteps_AnyPlan_WarmsUpFirstAtTheSmallestContext() =>
        Assert.All(StepPlanner.PlanSteps(Plan()).Take(2), step => Assert.True(step is { IsWarmup: true, ContextTokens: 512 }));

    [Fact]
    public void PlanSteps_Orders_AreAsNamed()
    {
        Assert.Equal([512, 1024, 2048, 4096, 8192],
            StepPlanner.PlanSteps(Plan(1, order: TrialOrder.Ascending)).Skip(2).Select(step => step.ContextTokens));
        Assert.Equal([8192, 2048, 512, 1024, 4096],
            StepPlanner.PlanSteps(Plan(1, order: TrialOrder.AsGiven)).Skip(2).Select(step => step.ContextTokens));
    }

    [Fact]
    public void PlanSteps_Resume_EachContextIsComputedAndThenTakenUp()
    {
        var steps = StepPlanner.PlanSteps(Plan(2) with { Method = SweepMethod.Resume }).Where(step => !step.IsWarmup).ToList();
        Assert.Equal(20, steps.Count);
        foreach (var pair in steps.Chunk(2))
            Assert.Equal([pair[0] with { Method = SweepMethod.Cold }, pair[0] with { Method = SweepMethod.Resume }], pair);
    }

    [Fact]
    public void Remaining_Resume_WhatWasNotTakenUpIsComputedAgain()
    {
        var plan = Plan(1, order: TrialOrder.Ascending) with { Method = SweepMethod.Resume, Warmups = 0 };
        Trial Done(int number, int context, SweepMethod method) =>
            new()
            {
                Number = number,
                ContextTokens = context,
                Repetition = 1,
                OutputTokensAsked = 64,
                Outcome = new Completed(),
                Method = method
            };
        var left = PlannedTrials.Remaining(plan,
            [Done(1, 512, SweepMethod.Cold), Done(2, 512, SweepMethod.Resume), Done(3, 1024, SweepMethod.Cold)]);
        Assert.Equal([(1024, SweepMethod.Cold), (1024, SweepMethod.Resume)],
            left.Take(2).Select(step => (step.ContextTokens, step.Method!.Value)));
        Assert.Equal(8, left.Count);
    }

    [Fact]
    public void Remaining_FailureIsAResult_CancelledIsNot()
    {
        var plan = Plan(repetitions: 1);
        var done = new[]
        {
            PlannedTrials.Create(512, new Completed()),
            PlannedTrials.Create(1024, new OutOfMemory("oom_kill 1")),
            PlannedTrials.Create(2048, new Cancelled()),
        };

        var left = PlannedTrials.Remaining(plan, done);

        Assert.Equal([2048, 4096, 8192], left.Where(step => !step.IsWarmup).Select(step => step.ContextTokens).Order());
        Assert.Equal(2, left.Count(step => step.IsWarmup));
    }

    [Fact]
    public void Remaining_AStepWithAMissingStream_IsRunAgain()
    {
        var plan = Plan(repetitions: 1) with { Contexts = [new TokenCount(512)], Concurrency = [2] };
        var one = PlannedTrials.Create(512, new Completed()) with { Concurrency = 2, Stream = 1 };

        Assert.Contains(PlannedTrials.Remaining(plan, [one]), step => step is { ContextTokens: 512, Concurrency: 2 });
        Assert.Empty(PlannedTrials.Remaining(plan, [one, one with { Stream = 2 }]));
    }

    [Fact]
    public void Remaining_AllDone_NothingIsLeft_NotEvenWarmups()
    {
        var plan = Plan(repetitions: 1);
        Assert.Empty(
            PlannedTrials.Remaining(plan,
                [.. plan.Contexts.Select(context => PlannedTrials.Create(context.Value, new Completed()))]));
    }
}
