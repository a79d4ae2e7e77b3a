using MemoryWall.Analysis;
using MemoryWall.Facts;

namespace MemoryWall.Sweeps;

/// <summary>
/// Warm-ups until one is no longer much faster than the one before, in place of a fixed count: a server that compiles its kernels at first use needs several, one that maps its weights needs one. What a
/// warm-up hides is found afterwards (<see cref="Statistics.WarmUpDetector"/>); this spends no more than is needed before.
/// </summary>
/// <param name="plan">The plan.</param>
/// <param name="before">Trials from before the run was resumed: the target is new, and theirs do not count.</param>
internal sealed class WarmUpSchedule(SweepPlan plan, int before) : ISchedule
{
    private const int Fewest = 2;
    private const int Most = 8;

    // A busy machine alone makes neighbours differ by a tenth or two; a cold one by far more.
    private const double MuchFaster = 1.25;

    private readonly PlannedTrial _step = new(plan.Contexts.Min(context => context.Value), Repetition: 0, Concurrency: 1);

    public IReadOnlyList<PlannedTrial> Certain => [.. Enumerable.Repeat(_step, Fewest)];

    public PlannedTrial? Next(IReadOnlyList<Trial> done)
    {
        var warmups = done.Skip(before).Where(trial => trial.Repetition == 0).ToList();
        var isOver = warmups.Count >= Most || warmups.Any(trial => !trial.Outcome.IsCompleted) || warmups.Count >= Fewest && !IsWarming(TrialView.Of(warmups[^2]), TrialView.Of(warmups[^1]));
        return isOver ? null : _step;
    }

    // Where a rate is not known, waiting does not make it so.
    private static bool IsWarming(TrialView one, TrialView next) =>
        next.PrefillRate?.PerSecond > MuchFaster * one.PrefillRate?.PerSecond || next.GenerationRate?.PerSecond > MuchFaster * one.GenerationRate?.PerSecond;
}
