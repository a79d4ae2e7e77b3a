using MemoryWall.Facts;

namespace MemoryWall.Sweeps;

/// <summary>
/// The steps of a plan whose contexts are reached in passes: in each repetition one pass through all of them, then the cold trials that referee it.
/// A pass that ended early is followed by one through what is left; where it failed for want of room, without the context that it failed for.
/// </summary>
internal sealed class PassSchedule(SweepPlan plan, IReadOnlyList<Trial> before) : ISchedule
{
    private int _warmups;

    public IReadOnlyList<PlannedTrial> Certain { get; } = before.Count == 0 ? Of(plan) : Remaining(plan, before);

    public PlannedTrial? Next(IReadOnlyList<Trial> done)
    {
        if (Certain.Count > 0 && _warmups < plan.Warmups)
            return Certain[_warmups++];
        return Remaining(plan, done).FirstOrDefault(step => !step.IsWarmup);
    }

    /// <summary>All steps of a plan.</summary>
    public static IReadOnlyList<PlannedTrial> Of(SweepPlan plan) => Steps(plan, []);

    /// <summary>What is still to do of a plan after these trials; a failure is a result and is not run again.</summary>
    public static IReadOnlyList<PlannedTrial> Remaining(SweepPlan plan, IReadOnlyList<Trial> done)
    {
        var finished = done
            .Where(trial => trial.Outcome is not Cancelled && !trial.Flags.HasFlag(TrialFlags.Warmup))
            .Select(trial => (trial.Method, trial.Repetition, trial.ContextTokens))
            .ToHashSet();
        var remaining = Steps(plan, done).Select(step => step.Probes.Count == 0
            ? finished.Contains((step.Method!.Value, step.Repetition, step.ContextTokens)) ? null : step
            : Pass(step.Method!.Value, step.Repetition, [.. step.Probes.Where(context => !finished.Contains((step.Method!.Value, step.Repetition, context)))]))
            .OfType<PlannedTrial>().ToList();
        return remaining.All(step => step.IsWarmup) ? [] : remaining;
    }

    private static List<PlannedTrial> Steps(SweepPlan plan, IReadOnlyList<Trial> done)
    {
        int[] contexts = [.. plan.Contexts.Select(context => context.Value).Distinct().Order()];
        List<PlannedTrial> steps = [.. Enumerable.Repeat(Cold(contexts[0], repetition: 0), plan.Warmups)];
        var method = plan.Method == SweepMethod.SyntheticDepth ? SweepMethod.SyntheticDepth : SweepMethod.IncrementalDepth;
        for (var repetition = 1; repetition <= plan.Repetitions; repetition++)
        {
            // A pass through one context is a cold trial by another name.
            if (plan.Method != SweepMethod.Auto || contexts.Length > 1)
                steps.Add(Pass(method, repetition, contexts)!);
            steps.AddRange(Referees(plan.Method, contexts).Concat(Unproven(plan, done, repetition)).Distinct().Order().Select(context => Cold(context, repetition)));
        }
        return steps;
    }

    private static int[] Referees(SweepMethod method, int[] contexts) => method switch
    {
        SweepMethod.Auto => [contexts[0], contexts[(contexts.Length - 1) / 2]],
        // The deepest that costs little beside the rest, so that the comparison is made where depth counts.
        SweepMethod.SyntheticDepth => [contexts.LastOrDefault(context => context <= contexts[^1] / 4, contexts[0])],
        _ => [],
    };

    // Where the target could not prove what it had computed, the pass has no prefill, and a cold trial has to tell it.
    private static IEnumerable<int> Unproven(SweepPlan plan, IReadOnlyList<Trial> done, int repetition) => plan.Method != SweepMethod.Auto
        ? []
        : done.Where(trial => trial is { Method: SweepMethod.IncrementalDepth, Outcome: Completed, Server.Prefill: null } && trial.Repetition == repetition).Select(trial => trial.ContextTokens);

    private static PlannedTrial? Pass(SweepMethod method, int repetition, IReadOnlyList<int> contexts) =>
        contexts.Count == 0 ? null : new PlannedTrial(contexts[^1], repetition, Concurrency: 1) { Method = method, Probes = contexts };

    private static PlannedTrial Cold(int context, int repetition) => new(context, repetition, Concurrency: 1) { Method = SweepMethod.Cold };
}
