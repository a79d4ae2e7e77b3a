using MemoryWall.Analysis.Reports;
using MemoryWall.Analysis.Review;
using MemoryWall.Core.Plan;

namespace MemoryWall.Sweeps.Strategies;

/// <summary>
/// Repeats the warm-up until it is no longer much faster than the one before, instead of a fixed number of times: a server that compiles
/// its kernels at first use needs several, a server that maps its weights needs one. Warming up that lasts longer is found afterwards
/// (<see cref="Statistics.WarmUpDetector"/>).
/// </summary>
/// <param name="plan">The plan.</param>
/// <param name="trialsBeforeResume">Trials from before the run was resumed: the target is new, so their warm-ups do not count.</param>
internal sealed class AdaptiveWarmUps(SweepPlan plan, int trialsBeforeResume) : ISweepStrategy
{
    private const int MinWarmups = 2;
    private const int MaxWarmups = 8;

    private readonly SweepStep _step = new(plan.Contexts.Min(context => context.Value), Repetition: 0, Concurrency: 1);

    public IReadOnlyList<SweepStep> PlannedSteps => [.. Enumerable.Repeat(_step, MinWarmups)];

    public SweepStep? Next(RunReport soFar)
    {
        var warmups = soFar.Trials.Skip(trialsBeforeResume).Where(view => view.Trial.Repetition == 0).ToList();
        var isOver = warmups.Count >= MaxWarmups || warmups.Any(view => !view.Trial.Outcome.IsCompleted)
            || warmups.Count >= MinWarmups && !IsWarming(warmups[^2], warmups[^1], soFar.Rules.Schedule.StillWarmingRatio);
        return isOver ? null : _step;
    }

    // A server that gives no rate now gives none after more warm-ups either.
    private static bool IsWarming(TrialView previous, TrialView last, double ratio) =>
        last.PrefillRate?.PerSecond > ratio * previous.PrefillRate?.PerSecond
            || last.GenerationRate?.PerSecond > ratio * previous.GenerationRate?.PerSecond;
}
