using MemoryWall.Analysis.Review;
using MemoryWall.Analysis.Rules;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Trials;

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

    private static readonly double s_stillWarmingRatio = ReviewRules.Default.Schedule.StillWarmingRatio;

    private readonly SweepStep _step = new(plan.Contexts.Min(context => context.Value), Repetition: 0, Concurrency: 1);

    public IReadOnlyList<SweepStep> PlannedSteps => [.. Enumerable.Repeat(_step, MinWarmups)];

    public SweepStep? Next(IReadOnlyList<Trial> done)
    {
        var warmups = done.Skip(trialsBeforeResume).Where(trial => trial.Repetition == 0).ToList();
        var isOver = warmups.Count >= MaxWarmups || warmups.Any(trial => !trial.Outcome.IsCompleted)
            || warmups.Count >= MinWarmups && !IsWarming(TrialReview.Review(warmups[^2]), TrialReview.Review(warmups[^1]));
        return isOver ? null : _step;
    }

    // A server that gives no rate now gives none after more warm-ups either.
    private static bool IsWarming(TrialView previous, TrialView last) =>
        last.PrefillRate?.PerSecond > s_stillWarmingRatio * previous.PrefillRate?.PerSecond
            || last.GenerationRate?.PerSecond > s_stillWarmingRatio * previous.GenerationRate?.PerSecond;
}
