using MemoryWall.Analysis;
using MemoryWall.Analysis.Rules;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Trials;
using MemoryWall.Statistics;

namespace MemoryWall.Sweeps.Strategies;

/// <summary>
/// Places trials where they narrow the crossover most. While the two contexts around it are far apart, the next trial is at the estimated
/// crossover or on its far side; once they are near, the two are repeated. Between contexts with a ratio of 1.25 the error of a straight
/// line in the logarithms is far smaller than the scatter of repetitions, and nearer contexts could not be distinguished.
/// </summary>
internal sealed class CrossoverSearch(SweepPlan plan) : ISweepStrategy
{
    private static readonly ScheduleRules s_rules = ReviewRules.Default.Schedule;

    private readonly CrossoverPlan _crossoverPlan = plan.Crossover
        ?? throw new ArgumentException("the plan has no search for a crossover", nameof(plan));
    private readonly int _minContext = plan.Contexts.Min(context => context.Value);
    private readonly int _maxContext = plan.Contexts.Max(context => context.Value);

    public IReadOnlyList<SweepStep> PlannedSteps => [];

    public SweepStep? Next(IReadOnlyList<Trial> done) =>
        plan.Concurrency.Select(level => Next(done, level)).FirstOrDefault(step => step is not null);

    private SweepStep? Next(IReadOnlyList<Trial> done, int concurrency)
    {
        var planned = plan.Contexts.Distinct().Count() * plan.Repetitions;
        if (done.Count(
            trial => trial is { Repetition: > 0, Stream: 1 } && trial.Concurrency == concurrency && trial.Outcome is not Cancelled)
            >= planned + _crossoverPlan.MaxTrials)
            return null;
        var measured = MeasuredContexts.Summarize(done, concurrency);
        var known = measured.Where(context => context.PrefillShare is not null).ToList();
        var crossings = PhaseCrossing.FindAll([.. known.Select(ToPoint)]);
        if (crossings.Count == 0)
            return null;
        // Scatter can make the order of the phases change several times: the crossover is anywhere between the first and the last change.
        // One that is exactly at a measured context needs the context before it, or after it, for a line.
        var (first, last) = (crossings[0], crossings[^1]);
        var from = first.Low == first.High ? Math.Max(0, first.Low - 1) : first.Low;
        var to = last.High == from ? Math.Min(known.Count - 1, last.High + 1) : last.High;
        var region = known[from..(to + 1)];
        if (crossings.Count > 1 || region.Count < 2)
            return RepeatSparserEnd(done, region, concurrency);
        var (low, high) = (region[0], region[1]);
        if (ComputeNextContext(low, high) is { } context && measured.All(other => other.ContextTokens != context))
            return new SweepStep(context, 1, concurrency);
        return region.All(context => context.PrefillShare!.IndependentValues.Count >= s_rules.MinCrossoverTrials)
            && IsPreciseEnough(Crossover.Compute(known)) ? null : RepeatSparserEnd(done, region, concurrency);
    }

    private static (double Context, double LogRatio) ToPoint(ContextSummary context) =>
        (context.ContextTokens, CrossoverInterval.LogRatio(context));

    private bool IsPreciseEnough(Crossover crossover) =>
        crossover.Estimate is { Kind: IntervalKind.Confidence } estimate && estimate.RelativeHalfWidth <= _crossoverPlan.Tolerance;

    // The context with fewer trials contributes more to the uncertainty.
    private static SweepStep RepeatSparserEnd(IReadOnlyList<Trial> done, IReadOnlyList<ContextSummary> region, int concurrency) =>
        MeasuredContexts.CreateRepetition(done, region.MinBy(context => context.Trials.Count)!.ContextTokens, concurrency);

    // The context to measure between the two; null where they are near enough.
    private int? ComputeNextContext(ContextSummary low, ContextSummary high)
    {
        if (high.ContextTokens <= low.ContextTokens * s_rules.MinContextRatio)
            return null;
        var at = PhaseCrossing.Interpolate(ToPoint(low), ToPoint(high));
        var half = Math.Sqrt(s_rules.MinContextRatio);
        // An estimate too near one end cannot be distinguished from it, so the context one step beyond the crossover is measured.
        if (at < low.ContextTokens * half)
            at = low.ContextTokens * s_rules.MinContextRatio;
        else if (at > high.ContextTokens / half)
            at = high.ContextTokens / s_rules.MinContextRatio;
        return Math.Clamp((int)Math.Round(at), _minContext, _maxContext);
    }
}
