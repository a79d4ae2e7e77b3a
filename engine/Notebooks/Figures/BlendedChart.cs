using MemoryWall.Charts;
using MemoryWall.Core;
using MemoryWall.Core.Units;

namespace MemoryWall.Notebooks.Figures;

/// <summary>Blended throughput over context: measured for the answers asked for, derived for longer ones.</summary>
internal static class BlendedChart
{
    private static readonly (double Output, ChartColor Color)[] s_derived = [(256, ChartColor.Orange), (1024, ChartColor.Green)];

    public static Chart Create(Run run)
    {
        var series = Series.CreateMain(run);
        var chart = ContextChart.Create([run], Title(series), ContextChart.Blended);
        var curves = new PhaseCurves(series.Contexts);
        if (!curves.HasCurves)
            return chart;
        return chart with
        {
            Panels = [
                chart.Panels[0] with { Marks = [.. chart.Panels[0].Marks,
                    .. s_derived.Select(entry => CreateDerivedLine(curves, entry.Output, entry.Color))
                        .Where(line => line.Points.Count > 1)] }],
            Notes = [
                "(prompt + output tokens) / (prefill + generation time). Dashed: what the measured rates give for longer answers; nothing is extrapolated.", .. chart.Notes],
        };
    }

    private static Line CreateDerivedLine(PhaseCurves curves, double output, ChartColor color) =>
        new($"{NumberFormat.Tokens(output)} output tokens, derived", color,
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
                : $"Blended throughput is {NumberFormat.Rate(known[0].BlendedTps!.Median)} at {NumberFormat.Context(known[0].ContextTokens)}";
        var peak = known.MaxBy(context => context.BlendedTps!.Median)!;
        var (first, last) = (known[0], known[^1]);
        var to = $"falls to {NumberFormat.Rate(last.BlendedTps!.Median)} at {NumberFormat.Context(last.ContextTokens)}";
        return peak == last
            ? $"Blended throughput still rises at {NumberFormat.Context(last.ContextTokens)}: {NumberFormat.Rate(first.BlendedTps!.Median)} to {NumberFormat.Rate(last.BlendedTps.Median)}"
            : peak == first
                ? $"Blended throughput is best at {NumberFormat.Context(first.ContextTokens)}, the smallest context ({NumberFormat.Rate(first.BlendedTps!.Median)}), and {to}"
            : $"Blended throughput rises to {NumberFormat.Rate(peak.BlendedTps!.Median)} at {NumberFormat.Context(peak.ContextTokens)} as the prompt outweighs the answer, then {to} as attention grows";
    }
}
