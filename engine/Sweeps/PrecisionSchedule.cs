using MemoryWall.Analysis;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Trials;
using MemoryWall.Statistics;

namespace MemoryWall.Sweeps;

/// <summary>
/// Repeats the context whose rates are least known, until all are known well enough or the next trial would go beyond the budget. A context
/// that failed twice running is given up: its failure is known. An interval that is looked at after each trial, and ends the trials when it
/// is narrow, is a little narrower than it should be; the rule is for spending time well, not for a proof.
/// </summary>
internal sealed class PrecisionSchedule(SweepPlan plan) : ISchedule
{
    // A rate that so many trials have not settled moves with something else.
    private const int MaxRepetitions = 200;
    private const int FailuresToGiveUp = 2;

    private readonly PrecisionPlan _precisionPlan = plan.Precision
        ?? throw new ArgumentException("the plan asks for no precision", nameof(plan));

    public IReadOnlyList<SweepStep> PlannedSteps => [];

    public SweepStep? Next(IReadOnlyList<Trial> done)
    {
        var left = _precisionPlan.Budget.TotalSeconds - ComputeSpentSeconds(done);
        var open = from level in plan.Concurrency
                   from context in MeasuredContexts.Summarize(done, level)
                   let width = ComputeWidestInterval(context)
                   where width > _precisionPlan.Tolerance && context.Trials.Count < MaxRepetitions * level
                       && !HasFailedRepeatedly(done, context.ContextTokens, level)
                   orderby width descending, context.Trials.Count, context.ContextTokens
                   select (context.ContextTokens, Level: level);
        foreach (var (context, level) in open)
        {
            if (ComputeMedianSeconds(done, context, level) <= left)
                return MeasuredContexts.CreateRepetition(done, context, level);
        }
        return null;
    }

    /// <summary>The seconds that the measured trials took: each step as long as its slowest stream.</summary>
    public static double ComputeSpentSeconds(IEnumerable<Trial> done) => ComputeStepSeconds(done).Sum();

    // As long as there is no interval, nothing is known of the rate.
    private static double ComputeWidestInterval(ContextSummary context) =>
        new[] { context.PrefillTps, context.GenerationTps }.Select(
            figure => figure?.Estimate is { Kind: IntervalKind.Confidence, RelativeHalfWidth: { } width } ? width : double.PositiveInfinity)
            .Max();

    private static bool HasFailedRepeatedly(IReadOnlyList<Trial> done, int context, int concurrency) =>
        done.Where(
            trial => trial.ContextTokens == context && trial.Concurrency == concurrency && trial.Repetition > 0
                && trial.Outcome is not Cancelled)
            .GroupBy(trial => trial.Repetition).TakeLast(FailuresToGiveUp) is var last
        && last.Count() == FailuresToGiveUp
        && last.All(step => step.Any(trial => TrialView.Create(trial) is { PrefillRate: null } or { GenerationRate: null }));

    private static double ComputeMedianSeconds(IReadOnlyList<Trial> done, int context, int concurrency)
    {
        var steps = ComputeStepSeconds(done.Where(trial => trial.ContextTokens == context && trial.Concurrency == concurrency)).ToList();
        return steps.Count == 0 ? 0 : Quantiles.Median(steps);
    }

    private static IEnumerable<double> ComputeStepSeconds(IEnumerable<Trial> done) => done.Where(trial => trial.Repetition > 0)
        .GroupBy(trial => (trial.ContextTokens, trial.Repetition, trial.Concurrency))
        .Select(step => step.Max(trial => (trial.Client.Load?.TotalSeconds ?? 0) + (trial.Client.TimeToEnd?.TotalSeconds ?? 0)));
}
