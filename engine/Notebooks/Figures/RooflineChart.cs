using MemoryWall.Analysis;
using MemoryWall.Analysis.Telemetry;
using MemoryWall.Charts;
using MemoryWall.Core;
using MemoryWall.Core.Facts;
using MemoryWall.Core.Units;
using MemoryWall.Models.Forecast;

namespace MemoryWall.Notebooks.Figures;

/// <summary>
/// The roofline (Williams, Waterman, Patterson 2009, doi:10.1145/1498765.1498785): operations a second against operations for each byte
/// read from memory, under what the machine's memory and arithmetic reached before the run.
/// </summary>
internal static class RooflineChart
{
    // llama.cpp's default micro-batch: the weights are read once for each.
    private const int MicroBatch = 512;

    public static Chart Create(Run run)
    {
        var series = Series.CreateMain(run);
        var (shape, ceilings) = (run.Manifest.Target.Shape, run.Manifest.Ceilings);
        var points = shape is null ? [] : series.Contexts.SelectMany(context => ComputePoints(run, shape, context)).ToList();
        var roof = CreateRoof(ceilings, points);
        return new Chart
        {
            Title = Title(points, ceilings),
            Subtitle = RunLabels.DescribeRuns([run]) + DescribeCeilings(ceilings),
            X = new Axis("operations for each byte of weights and cache (log)", AxisScale.Logarithmic),
            Panels =
            [
                new Panel
                {
                    Y = new Axis("operations a second, 10⁹ (log)", AxisScale.Logarithmic),
                    Marks =
                    [
                        .. roof,
                        .. new[] { ("prefill", ChartColor.Vermilion, Symbol.Circle),
                            ("generation", ChartColor.Blue, Symbol.Square) }.Select(phase => new Scatter(phase.Item1, phase.Item2,
                            [.. points.Where(point => point.Phase == phase.Item1)
                                .Select(point => new ChartPoint(point.Intensity, point.FlopsPerSecond / 1e9,
                                    NumberFormat.Context(point.Context)))], phase.Item3)),
                    ],
                },
            ],
            Notes =
            [
                $"Prefill is taken to read the weights once for each micro-batch of {run.Manifest.Plan.Options.BatchTokens ?? MicroBatch} tokens; caches of the processor are not counted, so a small model may pass the memory roof.",
                .. ceilings?.Notes ?? [],
            ],
            Table = new TextTable(
                [new TextColumn("phase", IsNumber: false), new TextColumn("context"), new TextColumn("operations/byte"),
                    new TextColumn("10⁹ operations/s"), new TextColumn("of the roof")],
                [.. points.Select(
                    point => (IReadOnlyList<string>)[point.Phase, NumberFormat.Tokens(point.Context), NumberFormat.Number(point.Intensity),
                        NumberFormat.Number(point.FlopsPerSecond / 1e9),
                        NumberFormat.Percent(point.FlopsPerSecond / ComputeRoof(ceilings, point.Intensity))])]),
        };
    }

    private static string Title(List<RoofPoint> points, MachineCeilings? ceilings)
    {
        if (points.Count == 0)
            return "No roofline: the model's shape or its rates are not known";
        var (prefill, generation) = (points.Where(point => point.Phase == "prefill").ToList(),
            points.Where(point => point.Phase == "generation").ToList());
        if (prefill.Count == 0 || generation.Count == 0)
            return "One phase alone was measured";
        var apart =
            $"Prefill does {NumberFormat.Factor(prefill[0].Intensity)} operations for each byte it reads, generation {NumberFormat.Factor(generation[0].Intensity)}";
        return ceilings?.F32FlopsPerSecond is { } peak
            ? $"{apart}: prefill reaches {NumberFormat.Percent(prefill.Max(point => point.FlopsPerSecond) / peak)} of the arithmetic, generation {NumberFormat.Percent(generation.Max(point => point.FlopsPerSecond / ComputeRoof(ceilings, point.Intensity)))} of the roof above it"
            : apart;
    }

    private static IEnumerable<RoofPoint> ComputePoints(Run run, ModelShape shape, ContextSummary context)
    {
        var settings = ForecastSettings.FromOptions(run.Manifest.Plan.Options);
        if (MemoryForecast.FindProblems(shape, settings).Count > 0 || shape.ActiveWeightBytes is not { } weights)
            yield break;
        var tokens = context.ContextTokens;
        var cache = (double)(MemoryForecast.Compute(shape, settings, tokens) is { } row ? row.KvBytes + row.RecurrentBytes : 0);
        var batches = Math.Ceiling((double)tokens / (run.Manifest.Plan.Options.BatchTokens ?? MicroBatch));
        if (context.PrefillSeconds is { } prefill && Utilization.PrefillFlops(shape, tokens) is { } flops)
            yield return new RoofPoint("prefill", tokens, flops / (weights * batches + cache * batches / 2), flops / prefill.Median);
        if (context.GenerationTps is { } rate
            && Utilization.PrefillFlops(shape, tokens + 1) - Utilization.PrefillFlops(shape, tokens) is { } one)
            yield return new RoofPoint("generation", tokens, one / (weights + cache), one * rate.Median);
    }

    private static IEnumerable<Mark> CreateRoof(MachineCeilings? ceilings, List<RoofPoint> points)
    {
        if (ceilings is not { MemoryReadBytesPerSecond: { } bandwidth, F32FlopsPerSecond: { } peak } || points.Count == 0)
            yield break;
        var (low, high, knee) = (points.Min(point => point.Intensity) / 2, points.Max(point => point.Intensity) * 2, peak / bandwidth);
        low = Math.Min(low, knee / 2);
        yield return new Line("roof measured before the run", ChartColor.Text,
            [new(low, low * bandwidth / 1e9), new(knee, peak / 1e9), new(Math.Max(high, knee * 2), peak / 1e9)], Symbol: Symbol.None);
    }

    private static double? ComputeRoof(MachineCeilings? ceilings, double intensity) =>
        ceilings is { MemoryReadBytesPerSecond: { } bandwidth, F32FlopsPerSecond: { } peak } ? Math.Min(peak, intensity * bandwidth) : null;

    private static string DescribeCeilings(MachineCeilings? ceilings) =>
        ceilings is { MemoryReadBytesPerSecond: { } bandwidth, F32FlopsPerSecond: { } peak }
        ? FormattableString.Invariant($" · roof: {bandwidth / 1e9:0.0} GB/s, {peak / 1e9:0} Gflop/s, {ceilings.Threads} threads")
        : " · no ceilings were measured";

    private sealed record RoofPoint(string Phase, int Context, double Intensity, double FlopsPerSecond);
}
