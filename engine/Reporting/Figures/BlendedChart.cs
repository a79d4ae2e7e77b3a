using MemoryWall.Analysis;
using MemoryWall.Analysis.Reports;
using MemoryWall.Charts;
using MemoryWall.Reporting.Formats;

namespace MemoryWall.Reporting.Figures;

/// <summary>Blended throughput over context: measured for the run's output length, and computed for longer answers.</summary>
internal static class BlendedChart
{
    private static readonly (double Output, ChartColor Color)[] s_derived = [(256, ChartColor.Orange), (1024, ChartColor.Green)];

    public static Chart Create(RunReport run)
    {
        var series = Series.CreateMain(run);
        var chart = ContextChart.Create([run], Title(series), ContextChart.Blended);
        var curves = RunReport.GetCurves(series.Contexts);
        if (!curves.HasCurves)
            return chart;
        return chart with
        {
            Panels = [
                chart.Panels[0] with { Marks = [.. chart.Panels[0].Marks,
                    .. s_derived.Select(entry => CreateDerivedLine(curves, entry.Output, entry.Color))
                        .Where(line => line.Points.Count > 1)] }],
            Notes =
            [
                "Blended throughput = (prompt + output tokens) ÷ (prefill + generation time). "
                    + "Dashed: computed from the measured rates for longer answers, without extrapolation.",
                .. chart.Notes,
            ],
        };
    }

    private static Line CreateDerivedLine(PhaseCurves curves, double output, ChartColor color) =>
        new($"{NumberFormat.Tokens(output)} output tokens, computed", color,
        [.. Enumerable.Range(0, 49).Select(i => curves.MinTokens * Math.Pow(curves.MaxTokens / curves.MinTokens, i / 48.0))
            .Select(context => (Context: context, Prefill: curves.PrefillSeconds(context),
                Generation: curves.GenerationSeconds(context, output)))
            .Where(point => point.Prefill is not null && point.Generation is not null)
            .Select(point => new ChartPoint(point.Context, (point.Context + output) / (point.Prefill + point.Generation)))], Dash.Dashed,
            Symbol.None);

    private static string Title(Series series)
    {
        var known = series.Contexts.Where(context => context.BlendedTps is not null).ToList();
        if (known.Count < 2)
            return known.Count == 0
                ? "No blended throughput was measured"
                : $"Blended throughput is {Describe(known[0])}";
        var peak = known.MaxBy(context => context.BlendedTps!.Median)!;
        var (first, last) = (known[0], known[^1]);
        var ends = $"Blended throughput goes from {Describe(first)} to {Describe(last)}";
        return peak == first || peak == last ? ends : $"{ends}; its highest median is {Describe(peak)}";
    }

    private static string Describe(ContextSummary context) =>
        $"{NumberFormat.Rate(context.BlendedTps!.Median)} at {NumberFormat.Context(context.ContextTokens)}";
}
