using MemoryWall.Analysis.Reports;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Trials;

namespace MemoryWall.Sweeps.Strategies;

/// <summary>The steps of a plan and their order.</summary>
internal static class StepPlanner
{
    /// <summary>
    /// Warm-ups first, at the smallest context. Then one block a repetition, with every context at every concurrency once, so that a run
    /// cut short has measured all contexts about equally often, and drift over the run affects all of them alike. Within a block the order
    /// is the plan's; a shuffled order depends on the seed alone. Plans with incremental or synthetic depth have one pass a repetition, and
    /// the cold trials that check it; plans with conversations have their levels.
    /// </summary>
    public static IReadOnlyList<SweepStep> PlanSteps(SweepPlan plan)
    {
        if (plan.Sessions is not null)
            return SessionLevels.PlanSteps(plan);
        if (UsesIncrementalDepth(plan))
            return IncrementalPasses.PlanSteps(plan);
        var contexts = plan.Contexts.Select(context => context.Value).ToArray();
        var steps = new List<SweepStep>();
        for (var warmup = 0; warmup < plan.Warmups; warmup++)
            steps.Add(new SweepStep(contexts.Min(), Repetition: 0, Concurrency: 1));
        var random = new Random(plan.Seed);
        for (var repetition = 1; repetition <= plan.Repetitions; repetition++)
        {
            var block = (from context in contexts
                         from concurrency in plan.Concurrency
                         select new SweepStep(context, repetition, concurrency)).ToArray();
            if (plan.Order == TrialOrder.Shuffled)
                random.Shuffle(block);
            else if (plan.Order == TrialOrder.Ascending)
                block = [.. block.OrderBy(step => step.ContextTokens).ThenBy(step => step.Concurrency)];
            steps.AddRange(plan.Method == SweepMethod.Resume ? block.SelectMany(CreateResumePair) : block);
        }
        return steps;
    }

    // A resumed context is computed just before, in the same state of the machine.
    private static SweepStep[] CreateResumePair(SweepStep step) =>
        [step with { Method = SweepMethod.Cold }, step with { Method = SweepMethod.Resume }];

    /// <summary>The steps, and after them the searches of the plan that depend on what was measured.</summary>
    public static ISweepStrategy CreateStrategy(SweepPlan plan, IReadOnlyList<SweepStep> steps)
    {
        var strategies = new List<ISweepStrategy> { new FixedGrid(steps) };
        if (plan.Crossover is not null)
            strategies.Add(new CrossoverSearch(plan));
        if (plan.Precision is not null)
            strategies.Add(new PrecisionTarget(plan));
        return new StrategyChain(strategies);
    }

    /// <summary>Whether contexts are reached in passes. A comparison of systems and a search for the wall need each context's own window,
    /// so each context is a load of its own there.</summary>
    public static bool UsesIncrementalDepth(SweepPlan plan) =>
        plan is { Method: SweepMethod.IncrementalDepth or SweepMethod.SyntheticDepth or SweepMethod.Auto, System: null, Wall: null };

    /// <summary>
    /// The steps of a plan that are missing after these trials: those with a stream that has no trial of its own. A cancelled trial is
    /// repeated; a failure is a result and is not. Warm-ups are repeated, since the target is new.
    /// </summary>
    public static IReadOnlyList<SweepStep> PlanRemainingSteps(SweepPlan plan, RunReport soFar)
    {
        if (plan.Sessions is not null)
            return SessionLevels.PlanRemainingSteps(plan, soFar);
        if (UsesIncrementalDepth(plan))
            return IncrementalPasses.PlanRemainingSteps(plan, soFar);
        var finished = soFar.Trials.Select(view => view.Trial)
            .Where(trial => trial.Outcome is not Cancelled)
            .GroupBy(
                trial => new SweepStep(trial.ContextTokens, trial.Repetition,
                    trial.Concurrency)
                { Method = plan.Method == SweepMethod.Resume ? trial.Method : null })
            .Where(group => group.Select(trial => trial.Stream).Distinct().Count() >= group.Key.Concurrency)
            .Select(group => group.Key)
            .ToHashSet();
        // The saved KV cache may no longer exist, so a resumed trial needs its cold one again.
        bool IsDone(SweepStep step) => step.Method is null ? finished.Contains(step) : CreateResumePair(step).All(finished.Contains);
        var remaining = PlanSteps(plan).Where(step => step.IsWarmup || !IsDone(step)).ToList();
        // Warm-ups alone are run only where the measurements ask for further trials.
        return remaining.All(step => step.IsWarmup) && CreateStrategy(plan, []).Next(soFar) is null ? [] : remaining;
    }
}
