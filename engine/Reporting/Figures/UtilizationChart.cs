using MemoryWall.Analysis.Reports;
using MemoryWall.Charts;
using MemoryWall.Core;
using MemoryWall.Reporting.Formats;

namespace MemoryWall.Reporting.Figures;

/// <summary>Utilisation over context: model FLOPs utilisation (MFU) of prefill, memory bandwidth utilisation (MBU) of generation.</summary>
internal static class UtilizationChart
{
    public static Chart Create(RunReport run)
    {
        var mfu = run.Utilization.Where(context => context.Mfu is not null)
            .Select(context => (Context: context.ContextTokens, Value: context.Mfu!.Value)).ToList();
        var mbu = run.Utilization.Where(context => context.Mbu is not null)
            .Select(context => (Context: context.ContextTokens, Value: context.Mbu!.Value)).ToList();
        return new Chart
        {
            Title = (mfu.Count, mbu.Count) switch
            {
                (0, 0) => $"Utilisation is not shown: {DescribeAbsence(run.Manifest)}",
                _ => WordFormat.Capitalize(string.Join("; ", new[]
                {
                    mfu.Count > 0
                        ? $"prefill uses {FormatRange(mfu)} of the peak arithmetic rate (MFU)"
                        : null,
                    mbu.Count > 0
                        ? $"generation uses {FormatRange(mbu)} of the peak memory bandwidth (MBU)"
                        : null,
                }.OfType<string>())),
            },
            Subtitle = FigureSubtitle.Create([run]),
            X = Axis.ForContexts(mfu.Concat(mbu).Select(point => (double)point.Context)),
            Panels =
            [
                new Panel
                {
                    Y = new Axis("share of the measured peak") { Min = 0 },
                    Marks =
                    [
                        new Line("prefill: MFU", ChartColor.Vermilion,
                            [.. mfu.Select(point => new ChartPoint(point.Context, point.Value, NumberFormat.Percent(point.Value)))]),
                        new Line("generation: MBU", ChartColor.Blue,
                            [.. mbu.Select(point => new ChartPoint(point.Context, point.Value, NumberFormat.Percent(point.Value)))],
                            Symbol: Symbol.Square),
                    ],
                },
            ],
            Notes =
            [
                "MFU = (2·P_active + attention) operations / prefill time / measured f32 peak. "
                    + "MBU = (weights read + KV cache) / time per token / measured read bandwidth. "
                    + "Values above 1 are not shown: the model was read from the processor's caches, "
                    + "or its kernels are faster than the test.",
                .. mfu.Count == 0 && mbu.Count == 0 ? run.Manifest.Ceilings?.Notes ?? [] : [],
            ],
            Table = new TextTable([new TextColumn("context"), new TextColumn("MFU, prefill"), new TextColumn("MBU, generation")],
                [.. mfu.Concat(mbu).Select(point => point.Context).Distinct().Order()
                    .Select(context => (IReadOnlyList<string>)[NumberFormat.Tokens(context), FormatCell(mfu, context),
                        FormatCell(mbu, context)])]),
        };
    }

    private static string FormatRange(List<(int Context, double Value)> points)
    {
        var (low, high) = (NumberFormat.Percent(points.Min(point => point.Value)), NumberFormat.Percent(points.Max(point => point.Value)));
        return low == high ? low : $"{low} to {high}";
    }

    private static string DescribeAbsence(RunManifest run) => run switch
    {
        { Ceilings: null } => "the machine's peak was not measured before this run",
        { Ceilings: { MemoryReadBytesPerSecond: null, F32FlopsPerSecond: null } } =>
            "the machine was too busy to measure its peak before this run",
        { Target.Shape: null } => "the model's shape is unknown",
        _ => "there are no readings of the server's processes",
    };

    private static string FormatCell(List<(int Context, double Value)> points, int context) =>
        points.Where(point => point.Context == context).Select(point => NumberFormat.Percent(point.Value)).FirstOrDefault()
            ?? NumberFormat.Absent;
}
