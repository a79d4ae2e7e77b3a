using MemoryWall.Analysis;
using MemoryWall.Analysis.Reports;
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
    private readonly CrossoverPlan _crossoverPlan = plan.Crossover
        ?? throw new ArgumentException("the plan has no search for a crossover", nameof(plan));
    private readonly int _minContext = plan.Contexts.Min(context => context.Value);
    private readonly int _maxContext = plan.Contexts.Max(context => context.Value);

    public IReadOnlyList<SweepStep> PlannedSteps => [];

    public SweepStep? Next(RunReport soFar) =>
        plan.Concurrency.Select(level => Next(soFar, level)).FirstOrDefault(step => step is not null);

    private SweepStep? Next(RunReport soFar, int concurrency)
    {
        var planned = plan.Contexts.Distinct().Count() * plan.Repetitions;
        if (soFar.Trials.Select(view => view.Trial).Count(
            trial => trial is { Repetition: > 0, Stream: 1 } && trial.Concurrency == concurrency && trial.Outcome is not Cancelled)
            >= planned + _crossoverPlan.MaxTrials)
            return null;
        var crossover = soFar.Crossovers.FirstOrDefault(level => level.Concurrency == concurrency && level.Region is not null);
        if (crossover?.Region is not { } between)
            return null;
        // Scatter can make the order of the phases change several times: the crossover is anywhere between the first and the last change.
        var measured = MeasuredContexts.Select(soFar, concurrency);
        var region = measured.Where(context => context.PrefillShare is not null
            && context.ContextTokens >= between.From && context.ContextTokens <= between.To).ToList();
        if (crossover.ContextTokens is not { } at || region.Count < 2)
            return RepeatSparserEnd(soFar, region, concurrency);
        var rules = soFar.Rules.Schedule;
        if (ComputeNextContext(between, at, rules.MinContextRatio) is { } context && measured.All(other => other.ContextTokens != context))
            return new SweepStep(context, 1, concurrency);
        return region.All(context => context.PrefillShare!.IndependentValues.Count >= rules.MinCrossoverTrials)
            && IsPreciseEnough(crossover) ? null : RepeatSparserEnd(soFar, region, concurrency);
    }

    private bool IsPreciseEnough(Crossover crossover) =>
        crossover.Estimate is { Kind: IntervalKind.Confidence } estimate && estimate.RelativeHalfWidth <= _crossoverPlan.Tolerance;

    // The context with fewer trials contributes more to the uncertainty.
    private static SweepStep RepeatSparserEnd(RunReport soFar, IReadOnlyList<ContextSummary> region, int concurrency) =>
        MeasuredContexts.CreateRepetition(soFar, region.MinBy(context => context.Trials.Count)!.ContextTokens, concurrency);

    // The context to measure between the two; null where they are near enough.
    private int? ComputeNextContext((int From, int To) region, double at, double minRatio)
    {
        if (region.To <= region.From * minRatio)
            return null;
        var half = Math.Sqrt(minRatio);
        // An estimate too near one end cannot be distinguished from it, so the context one step beyond the crossover is measured.
        if (at < region.From * half)
            at = region.From * minRatio;
        else if (at > region.To / half)
            at = region.To / minRatio;
        return Math.Clamp((int)Math.Round(at), _minContext, _maxContext);
    }
}
