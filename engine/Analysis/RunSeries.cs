using MemoryWall.Core.Trials;

namespace MemoryWall.Analysis;

/// <summary>One rate over the trials of a level in the order run, each as a share of its context's median: the remaining differences are
/// independent of the context.</summary>
/// <param name="Phase">The phase whose rate it is.</param>
/// <param name="Points">The steps in the order run, each with its first trial.</param>
internal sealed record RunSeries(Phase Phase, IReadOnlyList<(int Trial, int Context, double Share)> Points)
{
    /// <summary>The series of a level; contexts that were measured once are not in it.</summary>
    public static IEnumerable<RunSeries> Create(IReadOnlyList<ContextSummary> level)
    {
        yield return Create(Phase.Prefill, level, context => context.PrefillTps);
        yield return Create(Phase.Generation, level, context => context.GenerationTps);
    }

    private static RunSeries Create(Phase phase, IReadOnlyList<ContextSummary> level, Func<ContextSummary, MetricSummary?> rate) =>
        new(phase,
        [.. level.Where(context => rate(context)?.Steps.Count > 1)
            .SelectMany(context => rate(context)!.Steps.Select(
                step => (Trial: step.Trials[0], context.ContextTokens, step.Value / rate(context)!.Median)))
            .OrderBy(point => point.Trial)]);

    /// <summary>The shares without the trials.</summary>
    public IReadOnlyList<double> Shares => [.. Points.Select(point => point.Share)];

    /// <summary>The trial numbers without the shares.</summary>
    public IReadOnlyList<int> Trials => [.. Points.Select(point => point.Trial)];
}
