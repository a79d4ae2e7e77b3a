using MemoryWall.Analysis.Telemetry;
using MemoryWall.Core;
using MemoryWall.Core.Trials;
using MemoryWall.Models.Forecast;

namespace MemoryWall.Analysis;

/// <summary>A phase at one context in the roofline model (Williams, Waterman, Patterson 2009, doi:10.1145/1498765.1498785).</summary>
/// <param name="Phase">Prefill or generation.</param>
/// <param name="ContextTokens">The context.</param>
/// <param name="Intensity">Operations for each byte of weights and KV cache that is read from memory.</param>
/// <param name="FlopsPerSecond">Operations per second, from the median time.</param>
internal sealed record RooflinePoint(Phase Phase, int ContextTokens, double Intensity, double FlopsPerSecond);

/// <summary>Computes the points of a roofline.</summary>
internal static class Roofline
{
    /// <summary>Tokens of a prompt for which prefill reads the weights once: those of a micro-batch.</summary>
    public static int GetMicroBatch(RunManifest run) => ForecastSettings.FromStored(run.Plan.Options).MicroBatchTokens;

    /// <summary>The points of contexts, prefill first at each; none where the model's shape is unknown.</summary>
    /// <param name="run">The run.</param>
    /// <param name="contexts">Its summaries of one level.</param>
    public static IReadOnlyList<RooflinePoint> Compute(RunManifest run, IReadOnlyList<ContextSummary> contexts)
    {
        var settings = ForecastSettings.FromStored(run.Plan.Options);
        if (run.Target.Shape is not { ActiveWeightBytes: { } weights } shape || MemoryForecast.FindProblems(shape, settings).Count > 0)
            return [];
        var points = new List<RooflinePoint>();
        // A foreign file can name any number.
        foreach (var context in contexts.Where(context => context.ContextTokens > 0))
        {
            var tokens = context.ContextTokens;
            var row = MemoryForecast.Compute(shape, settings, tokens);
            var cache = (double)(row.KvBytes + row.RecurrentBytes);
            var batches = Math.Ceiling((double)tokens / settings.MicroBatchTokens);
            if (context.PrefillSeconds is { } prefill && Utilization.PrefillFlops(shape, tokens) is { } flops)
                points.Add(new(Phase.Prefill, tokens, flops / (weights * batches + cache * batches / 2), flops / prefill.Median));
            if (context.GenerationTps is { } rate
                && Utilization.PrefillFlops(shape, tokens + 1) - Utilization.PrefillFlops(shape, tokens) is { } one)
                points.Add(new(Phase.Generation, tokens, one / (weights + cache), one * rate.Median));
        }
        return points;
    }
}
