using MemoryWall.Analysis;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Trials;

namespace MemoryWall.Sweeps;

/// <summary>
/// Warm-ups until one is no longer much faster than the one before, in place of a fixed count: a server that compiles its kernels at first
/// use needs several, one that maps its weights needs one. What a warm-up hides is found afterwards
/// (<see cref="Statistics.WarmUpDetector"/>); this spends no more than is needed before.
/// </summary>
/// <param name="plan">The plan.</param>
/// <param name="trialsBeforeResume">Trials from before the run was resumed: the target is new, and theirs do not count.</param>
internal sealed class WarmUpSchedule(SweepPlan plan, int trialsBeforeResume) : ISchedule
{
    private const int MinWarmups = 2;
    private const int MaxWarmups = 8;

    // A busy machine alone makes neighbours differ by a tenth or two; a cold one by far more.
    private const double StillWarmingRatio = 1.25;

    private readonly SweepStep _step = new(plan.Contexts.Min(context => context.Value), Repetition: 0, Concurrency: 1);

    public IReadOnlyList<SweepStep> PlannedSteps => [.. Enumerable.Repeat(_step, MinWarmups)];

    public SweepStep? Next(IReadOnlyList<Trial> done)
    {
        var warmups = done.Skip(trialsBeforeResume).Where(trial => trial.Repetition == 0).ToList();
        var isOver = warmups.Count >= MaxWarmups || warmups.Any(trial => !trial.Outcome.IsCompleted)
            || warmups.Count >= MinWarmups && !IsWarming(TrialView.Create(warmups[^2]), TrialView.Create(warmups[^1]));
        return isOver ? null : _step;
    }

    // Where a rate is not known, waiting does not make it so.
    private static bool IsWarming(TrialView one, TrialView next) =>
        next.PrefillRate?.PerSecond > StillWarmingRatio * one.PrefillRate?.PerSecond
            || next.GenerationRate?.PerSecond > StillWarmingRatio * one.GenerationRate?.PerSecond;
}
