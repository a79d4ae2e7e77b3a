using MemoryWall.Analysis;
using MemoryWall.Analysis.Reports;
using MemoryWall.Charts;
using MemoryWall.Core.Facts;
using MemoryWall.Core.Trials;
using MemoryWall.Reporting.Formats;
using MemoryWall.Reporting.Phrases;

namespace MemoryWall.Reporting.Figures;

/// <summary>
/// The roofline (Williams, Waterman, Patterson 2009, doi:10.1145/1498765.1498785): operations per second over operations per byte read from
/// memory, and the peak of memory and arithmetic that was measured before the run.
/// </summary>
internal static class RooflineChart
{
    public static Chart Create(RunReport run)
    {
        var series = Series.CreateMain(run);
        var ceilings = run.Manifest.Ceilings;
        var points = run.GetRoofline(series.Contexts);
        var roof = CreateRoof(ceilings, points);
        return new Chart
        {
            Title = Title(points, ceilings),
            Subtitle = FigureSubtitle.Create([run]) + DescribeCeilings(ceilings),
            X = new Axis("operations per byte of weights and KV cache (log)", AxisScale.Logarithmic),
            Panels =
            [
                new Panel
                {
                    Y = new Axis("operations per second, 10⁹ (log)", AxisScale.Logarithmic),
                    Marks =
                    [
                        .. roof,
                        .. new[] { (Phase.Prefill, ChartColor.Vermilion, Symbol.Circle),
                            (Phase.Generation, ChartColor.Blue, Symbol.Square) }.Select(phase => new Scatter(
                            PhaseName.Format(phase.Item1), phase.Item2,
                            [.. points.Where(point => point.Phase == phase.Item1)
                                .Select(point => new ChartPoint(point.Intensity, point.FlopsPerSecond / 1e9,
                                    NumberFormat.Context(point.ContextTokens)))], phase.Item3)),
                    ],
                },
            ],
            Notes =
            [
                $"Assumption: prefill reads the weights once "
                    + $"for each micro-batch of {Roofline.GetMicroBatch(run.Manifest)} tokens. "
                    + "Processor caches are not counted, so a small model can exceed the memory roof.",
                .. ceilings?.Notes ?? [],
            ],
            Table = new TextTable(
                [new TextColumn("phase", IsNumber: false), new TextColumn("context"), new TextColumn("operations/byte"),
                    new TextColumn("10⁹ operations/s"), new TextColumn("share of the roof")],
                [.. points.Select(
                    point => (IReadOnlyList<string>)[PhaseName.Format(point.Phase), NumberFormat.Tokens(point.ContextTokens),
                        NumberFormat.Number(point.Intensity), NumberFormat.Number(point.FlopsPerSecond / 1e9),
                        NumberFormat.Percent(point.FlopsPerSecond / ComputeRoof(ceilings, point.Intensity))])]),
        };
    }

    private static string Title(IReadOnlyList<RooflinePoint> points, MachineCeilings? ceilings)
    {
        if (points.Count == 0)
            return "No roofline: the model's shape or its rates are unknown";
        var (prefill, generation) = (points.Where(point => point.Phase == Phase.Prefill).ToList(),
            points.Where(point => point.Phase == Phase.Generation).ToList());
        if (prefill.Count == 0 || generation.Count == 0)
            return "No roofline: only one phase was measured";
        var apart =
            $"Prefill does {NumberFormat.Number(Math.Round(prefill[0].Intensity, 1))} operations per byte, "
                + $"generation {NumberFormat.Number(Math.Round(generation[0].Intensity, 1))}";
        if (ceilings?.F32FlopsPerSecond is not { } peak)
            return apart;
        var ofPeak = NumberFormat.Percent(prefill.Max(point => point.FlopsPerSecond) / peak);
        var ofRoof = NumberFormat.Percent(generation.Max(point => point.FlopsPerSecond / ComputeRoof(ceilings, point.Intensity)));
        return $"{apart}: prefill reaches {ofPeak} of the peak arithmetic rate, generation {ofRoof} of its roof";
    }

    private static IEnumerable<Mark> CreateRoof(MachineCeilings? ceilings, IReadOnlyList<RooflinePoint> points)
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
        ? $" · roof: {NumberFormat.Bandwidth(bandwidth)}, {NumberFormat.Flops(peak)}, {ceilings.Threads} threads"
        : " · the machine's peak was not measured";
}
