using MemoryWall.Analysis.Reports;
using MemoryWall.Analysis.Review;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Trials;

namespace MemoryWall.Sweeps.Strategies;

/// <summary>
/// Reaches the contexts in passes: in each repetition one pass through all of them, then the cold trials that check it. A pass that ended
/// early is followed by a pass through the remaining contexts, without the context that failed.
/// </summary>
internal sealed class IncrementalPasses(SweepPlan plan, RunReport existing) : ISweepStrategy
{
    private int _warmups;

    public IReadOnlyList<SweepStep> PlannedSteps { get; } = existing.Trials.Count == 0
        ? PlanSteps(plan)
        : PlanRemainingSteps(plan, existing);

    public SweepStep? Next(RunReport soFar)
    {
        if (PlannedSteps.Count > 0 && _warmups < plan.Warmups)
            return PlannedSteps[_warmups++];
        return PlanRemainingSteps(plan, soFar).FirstOrDefault(step => !step.IsWarmup);
    }

    /// <summary>All steps of a plan.</summary>
    public static IReadOnlyList<SweepStep> PlanSteps(SweepPlan plan) => CreateSteps(plan, soFar: null);

    /// <summary>The steps of a plan that are missing after these trials; a failure is a result and is not repeated.</summary>
    public static IReadOnlyList<SweepStep> PlanRemainingSteps(SweepPlan plan, RunReport soFar)
    {
        var finished = soFar.Trials.Select(view => view.Trial)
            .Where(trial => trial.Outcome is not Cancelled && !trial.Flags.HasFlag(TrialFlags.Warmup))
            .Select(trial => (trial.Method, trial.Repetition, trial.ContextTokens))
            .ToHashSet();
        var remaining = CreateSteps(plan, soFar).Select(step => step.IncrementalContexts.Count == 0
            ? finished.Contains((step.Method!.Value, step.Repetition, step.ContextTokens)) ? null : step
            : CreateIncrementalStep(step.Method!.Value, step.Repetition,
                [.. step.IncrementalContexts.Where(context => !finished.Contains((step.Method!.Value, step.Repetition, context)))]))
            .OfType<SweepStep>().ToList();
        return remaining.All(step => step.IsWarmup) ? [] : remaining;
    }

    private static List<SweepStep> CreateSteps(SweepPlan plan, RunReport? soFar)
    {
        int[] contexts = [.. plan.Contexts.Select(context => context.Value).Distinct().Order()];
        List<SweepStep> steps = [.. Enumerable.Repeat(CreateColdStep(contexts[0], repetition: 0), plan.Warmups)];
        var method = plan.Method == SweepMethod.SyntheticDepth ? SweepMethod.SyntheticDepth : SweepMethod.IncrementalDepth;
        for (var repetition = 1; repetition <= plan.Repetitions; repetition++)
        {
            // A pass through one context is the same as a cold trial.
            if (plan.Method != SweepMethod.Auto || contexts.Length > 1)
                steps.Add(CreateIncrementalStep(method, repetition, contexts)!);
            steps.AddRange(
                SelectColdCheckContexts(plan.Method, contexts).Concat(FindUnverifiedContexts(plan, soFar, repetition)).Distinct().Order()
                    .Select(context => CreateColdStep(context, repetition)));
        }
        return steps;
    }

    private static int[] SelectColdCheckContexts(SweepMethod method, int[] contexts) => method switch
    {
        SweepMethod.Auto => [contexts[0], contexts[(contexts.Length - 1) / 2]],
        // The largest context that costs little compared with the rest, so that the comparison is made at a large depth.
        SweepMethod.SyntheticDepth => [contexts.LastOrDefault(context => context <= contexts[^1] / 4, contexts[0])],
        _ => [],
    };

    // Where the target did not prove that it reused its own prefix, or its time is doubted, a cold trial measures it.
    private static IEnumerable<int> FindUnverifiedContexts(SweepPlan plan, RunReport? soFar, int repetition) =>
        plan.Method != SweepMethod.Auto || soFar is null
        ? []
        : soFar.Trials
            .Where(view => view.Trial is { Method: SweepMethod.IncrementalDepth, Outcome: Completed } trial
                && trial.Repetition == repetition && (trial.Server.Prefill is null || view.NoPrefillRateReason is Doubted))
            .Select(view => view.Trial.ContextTokens);

    private static SweepStep? CreateIncrementalStep(SweepMethod method, int repetition, IReadOnlyList<int> contexts) =>
        contexts.Count == 0
            ? null
            : new SweepStep(contexts[^1], repetition, Concurrency: 1) { Method = method, IncrementalContexts = contexts };

    private static SweepStep CreateColdStep(int context, int repetition) =>
        new(context, repetition, Concurrency: 1) { Method = SweepMethod.Cold };
}
