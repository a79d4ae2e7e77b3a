using MemoryWall.Analysis;
using MemoryWall.Analysis.Reports;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Trials;
using MemoryWall.Statistics;

namespace MemoryWall.Sweeps.Strategies;

/// <summary>
/// Repeats the context with the widest interval, until all intervals are narrow enough or the next trial would exceed the time budget. A
/// context that failed twice in a row is not repeated. An interval that is checked after each trial and ends the trials when it is narrow
/// is slightly too narrow, so this rule decides only when to stop and proves no precision.
/// </summary>
internal sealed class PrecisionTarget(SweepPlan plan) : ISweepStrategy
{
    // A rate with a wide interval after this many trials depends on something else than repetitions.
    private const int MaxRepetitions = 200;
    private const int FailuresToGiveUp = 2;

    private readonly PrecisionPlan _precisionPlan = plan.Precision
        ?? throw new ArgumentException("the plan has no precision target", nameof(plan));

    public IReadOnlyList<SweepStep> PlannedSteps => [];

    public SweepStep? Next(RunReport soFar)
    {
        var left = _precisionPlan.Budget.TotalSeconds - ComputeSpentSeconds(soFar);
        var open = from level in plan.Concurrency
                   from context in MeasuredContexts.Select(soFar, level)
                   let width = ComputeWidestInterval(context)
                   where width > _precisionPlan.Tolerance && context.Trials.Count < MaxRepetitions * level
                       && !HasFailedRepeatedly(soFar, context.ContextTokens, level)
                   orderby width descending, context.Trials.Count, context.ContextTokens
                   select (context.ContextTokens, Level: level);
        foreach (var (context, level) in open)
        {
            if (ComputeMedianSeconds(soFar, context, level) <= left)
                return MeasuredContexts.CreateRepetition(soFar, context, level);
        }
        return null;
    }

    /// <summary>The seconds that the measured trials took; a step takes as long as its slowest stream.</summary>
    public static double ComputeSpentSeconds(RunReport soFar) => ComputeStepSeconds(soFar.Trials.Select(view => view.Trial)).Sum();

    // A rate without an interval is less certain than any rate with one.
    private static double ComputeWidestInterval(ContextSummary context) =>
        new[] { context.PrefillTps, context.GenerationTps }.Select(
            figure => figure?.Estimate is { Kind: IntervalKind.Confidence, RelativeHalfWidth: { } width } ? width : double.PositiveInfinity)
            .Max();

    private static bool HasFailedRepeatedly(RunReport soFar, int context, int concurrency) =>
        soFar.Trials.Where(view => view.Trial is { Repetition: > 0, Outcome: not Cancelled } trial
                && trial.ContextTokens == context && trial.Concurrency == concurrency)
            .GroupBy(view => view.Trial.Repetition).TakeLast(FailuresToGiveUp) is var last
        && last.Count() == FailuresToGiveUp
        && last.All(step => step.Any(view => view is { PrefillRate: null } or { GenerationRate: null }));

    private static double ComputeMedianSeconds(RunReport soFar, int context, int concurrency)
    {
        var steps = ComputeStepSeconds(soFar.Trials.Select(view => view.Trial)
            .Where(trial => trial.ContextTokens == context && trial.Concurrency == concurrency)).ToList();
        return steps.Count == 0 ? 0 : Quantiles.Median(steps);
    }

    private static IEnumerable<double> ComputeStepSeconds(IEnumerable<Trial> trials) => trials.Where(trial => trial.Repetition > 0)
        .GroupBy(trial => (trial.ContextTokens, trial.Repetition, trial.Concurrency))
        .Select(step => step.Max(trial => (trial.Client.Load?.TotalSeconds ?? 0) + (trial.Client.TimeToEnd?.TotalSeconds ?? 0)));
}
