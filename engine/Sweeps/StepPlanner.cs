using MemoryWall.Core.Plan;
using MemoryWall.Core.Trials;

namespace MemoryWall.Sweeps;

/// <summary>In which order a plan's trials run.</summary>
internal static class StepPlanner
{
    /// <summary>
    /// Warm-ups first, at the smallest context. Then a block for each repetition that holds every context at every concurrency once, so
    /// that a run cut short has measured all contexts about equally often, and drift over the run falls on all of them alike. Within a
    /// block the order is the plan's; shuffled, it follows from the seed alone. Plans of other methods than cold have a pass for each
    /// repetition, and the cold trials that referee it.
    /// </summary>
    public static IReadOnlyList<SweepStep> PlanSteps(SweepPlan plan)
    {
        if (UsesIncrementalDepth(plan))
            return IncrementalSchedule.PlanSteps(plan);
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

    // What is resumed was computed just before, in the same state of the machine.
    private static SweepStep[] CreateResumePair(SweepStep step) =>
        [step with { Method = SweepMethod.Cold }, step with { Method = SweepMethod.Resume }];

    /// <summary>The steps, and after them whatever the plan lets what was measured decide.</summary>
    internal static ISchedule CreateSchedule(SweepPlan plan, IReadOnlyList<SweepStep> steps)
    {
        var schedules = new List<ISchedule> { new FixedSchedule(steps) };
        if (plan.Crossover is not null)
            schedules.Add(new CrossoverSchedule(plan));
        if (plan.Precision is not null)
            schedules.Add(new PrecisionSchedule(plan));
        return new ScheduleChain(schedules);
    }

    /// <summary>Whether contexts are reached in passes. Systems are compared at each context's own window, so each context is a load of its
    /// own there; so it is in a search for the wall.</summary>
    internal static bool UsesIncrementalDepth(SweepPlan plan) =>
        plan is { Method: SweepMethod.IncrementalDepth or SweepMethod.SyntheticDepth or SweepMethod.Auto, System: null, Wall: null };

    /// <summary>
    /// What is still to do of a plan after these trials: the steps whose streams have not all been run to an end of their own. A trial
    /// that the user stopped is run again; a failure is a result and is not. Warm-ups are run again, since the target is new.
    /// </summary>
    public static IReadOnlyList<SweepStep> PlanRemainingSteps(SweepPlan plan, IReadOnlyList<Trial> done)
    {
        if (UsesIncrementalDepth(plan))
            return IncrementalSchedule.PlanRemainingSteps(plan, done);
        var finished = done
            .Where(trial => trial.Outcome is not Cancelled)
            .GroupBy(
                trial => new SweepStep(trial.ContextTokens, trial.Repetition,
                    trial.Concurrency)
                { Method = plan.Method == SweepMethod.Resume ? trial.Method : null })
            .Where(group => group.Select(trial => trial.Stream).Distinct().Count() >= group.Key.Concurrency)
            .Select(group => group.Key)
            .ToHashSet();
        // What was saved for a trial that is to resume may be gone, so it is computed again.
        bool IsDone(SweepStep step) => step.Method is null ? finished.Contains(step) : CreateResumePair(step).All(finished.Contains);
        var remaining = PlanSteps(plan).Where(step => step.IsWarmup || !IsDone(step)).ToList();
        // Warm-ups alone are worth their time only where what was measured asks for more.
        return remaining.All(step => step.IsWarmup) && CreateSchedule(plan, []).Next(done) is null ? [] : remaining;
    }
}
