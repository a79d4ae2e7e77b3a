using MemoryWall.Core.Plan;
using MemoryWall.Core.Trials;
using MemoryWall.Engine.Tests.Analysis;
using MemoryWall.Statistics;
using MemoryWall.Sweeps.Strategies;

namespace MemoryWall.Engine.Tests.Sweeps.Strategies;

public sealed class CrossoverSearchTests(ITestOutputHelper output)
{
    private const int Smallest = 1024;
    private const int Largest = 131_072;

    // Systems of several kinds, with crossovers from 2k to 60k: early and late influence of attention, fast and slow generation, cheap and
    // expensive depth.
    private static readonly PhaseTimes[] s_systems =
    [
        new(0.02, 1e-4, 5e-9, 0.010, 1e-7),
        new(0.02, 1e-4, 5e-8, 0.010, 1e-6),
        new(0.50, 2e-5, 1e-8, 0.030, 2e-7),
        new(0.01, 5e-5, 2e-9, 0.030, 1e-6),
        new(0.05, 1e-4, 1e-9, 0.005, 5e-8),
        new(0.02, 8e-5, 3e-8, 0.060, 3e-7),
    ];

    private static ScriptedRates System(int which, double scatter, int seed) => new(s_systems[which], scatter, seed);

    private static bool IsFound(ScriptedRates system, IReadOnlyList<Trial> trials) =>
        ScriptedRates.Found(trials) is { } found && Math.Abs(found / system.TrueCrossover - 1) <= 0.05;

    // For systems whose times scatter by 5% or 10%, as on a busy machine, the adaptive sweep finds the crossover to 5% with at most half
    // the trials of the cheapest grid over the same range that succeeds as often. (With a scatter of 3% or less a grid of 5 contexts × 3
    // repetitions takes no more trials, for a user who knows that it is enough: an interval alone needs 5 repetitions of 2 contexts.)
    [Theory]
    [InlineData(0.05)]
    [LongData(0.10)]
    public void Sweep_ScatteringSystems_FindsTheCrossoverWithHalfTheTrialsOfTheGridThatDoes(double scatter)
    {
        const int seeds = 8;
        var plan = ScriptedRates.Plan([Smallest, Largest], 1) with { Crossover = new CrossoverPlan() };
        var runs = (from which in Enumerable.Range(0, s_systems.Length)
                    from seed in Enumerable.Range(1, seeds)
                    let system = System(which, scatter, seed)
                    let trials = system.Sweep(plan)
                    select (trials.Count, Hit: IsFound(system, trials))).ToList();
        var (count, hits) = (runs.Average(run => run.Count), runs.Average(run => run.Hit ? 1.0 : 0));
        var grid = CheapestGrid(scatter, seeds, hits);
        output.WriteLine(
            FormattableString.Invariant(
                $"adaptive: {count:0.0} trials, {hits:0%} within 5%; grid: {grid.Contexts} contexts × {grid.Repetitions} = ")
            + FormattableString.Invariant($"{grid.Contexts * grid.Repetitions} trials, {grid.Hits:0%}"));
        Assert.True(hits >= 0.9, $"only {hits:0%} within 5%");
        Assert.True(count <= 0.5 * grid.Contexts * grid.Repetitions, $"{count} trials against {grid.Contexts * grid.Repetitions}");
    }

    private static (int Contexts, int Repetitions, double Hits) CheapestGrid(double scatter, int seeds, double atLeast)
    {
        var grids = from contexts in new[] { 4, 5, 6, 8, 12 }
                    from repetitions in new[] { 1, 2, 3, 4, 6, 8, 12, 16, 24 }
                    orderby contexts * repetitions, repetitions
                    select (contexts, repetitions);
        var all = s_systems.Length * seeds;
        foreach (var (contexts, repetitions) in grids)
        {
            var factor = Math.Pow((double)Largest / Smallest, 1.0 / (contexts - 1));
            var plan = ScriptedRates.Plan(Enumerable.Range(0, contexts).Select(i => (int)Math.Round(Smallest * Math.Pow(factor, i))),
                repetitions);
            var misses = 0;
            // After too many misses the remaining sweeps cannot change the result.
            for (var i = 0; i < all && misses <= (1 - atLeast) * all + 1e-9; i++)
            {
                var system = System(i % s_systems.Length, scatter, i / s_systems.Length + 1);
                misses += IsFound(system, system.Sweep(plan)) ? 0 : 1;
            }
            if (misses <= (1 - atLeast) * all + 1e-9)
                return (contexts, repetitions, 1 - misses / (double)all);
        }
        throw new InvalidOperationException("no grid does");
    }

    [Fact]
    public void Sweep_WhenItEnds_TheIntervalIsAsNarrowAsAskedAndTheContextsAreNear()
    {
        var trials = System(1, 0.03, 5).Sweep(ScriptedRates.Plan([Smallest, Largest], 1) with { Crossover = new CrossoverPlan() });
        var crossover = Assert.Single(AnalysisSamples.Report(trials).Crossovers);
        Assert.Equal(IntervalKind.Confidence, crossover.Estimate!.Kind);
        Assert.True(crossover.Estimate.RelativeHalfWidth <= 0.05);
        var around = trials.Where(trial => crossover.Trials.Contains(trial.Number)).Select(trial => trial.ContextTokens).Distinct().Order()
            .ToList();
        Assert.Equal(2, around.Count);
        Assert.True(around[1] <= around[0] * 1.26);
    }

    [Fact]
    public void Sweep_CrossoverOutsideTheContexts_AddsNothing() =>
        Assert.Equal(2, System(0, 0.02, 1).Sweep(ScriptedRates.Plan([64_000, 128_000], 1) with { Crossover = new CrossoverPlan() }).Count);

    [Fact]
    public void Sweep_ContextsNeverLeaveThePlan()
    {
        for (var which = 0; which < s_systems.Length; which++)
            Assert.All(
                System(which, 0.3, which).Sweep(ScriptedRates.Plan([Smallest, Largest], 1) with { Crossover = new CrossoverPlan() }),
                trial => Assert.InRange(trial.ContextTokens, Smallest, Largest));
    }

    [Theory]
    [InlineData(0.3)]
    [InlineData(3.0)]
    public void Sweep_WildScatter_EndsAtTheMostTrialsAllowed(double scatter) =>
        Assert.InRange(
            System(0, scatter, 3)
                .Sweep(ScriptedRates.Plan([Smallest, Largest], 1) with { Crossover = new CrossoverPlan { MaxTrials = 25 } }).Count, 2, 27);

    // Contexts beyond the wall fail every time: the search continues with the others and ends.
    [Fact]
    public void Sweep_FailuresInTheMiddle_EndsAndNeverThrows()
    {
        var trials = System(0, 0.05, 2)
            .Sweep(ScriptedRates.Plan([Smallest, Largest], 1) with { Crossover = new CrossoverPlan { MaxTrials = 20 } },
            trial => trial.ContextTokens is > 2000 and < 100_000 ? new OutOfMemory("killed") : new Completed());
        Assert.InRange(trials.Count, 3, 22);
    }

    // A run that is stopped anywhere and resumed completes its plan and repeats nothing.
    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    [InlineData(9)]
    public void Remaining_StoppedInTheMiddle_GoesOnWhereItWas(int stopped)
    {
        var plan = ScriptedRates.Plan([Smallest, Largest], 1) with { Crossover = new CrossoverPlan(), Warmups = 1 };
        var system = System(2, 0.03, 8);
        var before = system.Sweep(StepPlanner.CreateStrategy(plan, StepPlanner.PlanSteps(plan)), [], most: stopped);
        var steps = PlannedTrials.Remaining(plan, before);
        Assert.NotEmpty(steps);
        var all = system.Sweep(StepPlanner.CreateStrategy(plan, steps), before);
        Assert.Empty(PlannedTrials.Remaining(plan, all));
        Assert.Distinct(all.Where(trial => trial.Repetition > 0).Select(trial => (trial.ContextTokens, trial.Repetition)));
        Assert.True(Assert.Single(AnalysisSamples.Report(all).Crossovers).Estimate!.RelativeHalfWidth <= 0.05);
    }
}
