using MemoryWall.Charts;
using MemoryWall.Facts;

namespace MemoryWall.Notebooks.Figures;

/// <summary>Blended throughput over context: measured for the answers asked for, derived for longer ones.</summary>
internal static class BlendedChart
{
    private static readonly (double Output, Ink Color)[] s_derived = [(256, Ink.Orange), (1024, Ink.Green)];

    public static Chart Of(Run run)
    {
        var series = Series.Main(run);
        var chart = CourseChart.Of([run], Title(series), CourseChart.Blended);
        var curves = new PhaseCurves(series.Contexts);
        if (!curves.Known)
            return chart;
        return chart with
        {
            Panels = [chart.Panels[0] with { Marks = [.. chart.Panels[0].Marks, .. s_derived.Select(entry => Derived(curves, entry.Output, entry.Color)).Where(line => line.Points.Count > 1)] }],
            Notes = ["(prompt + output tokens) / (prefill + generation time). Dashed: what the measured rates give for longer answers; nothing is extrapolated.", .. chart.Notes],
        };
    }

    private static Line Derived(PhaseCurves curves, double output, Ink color) => new($"{Say.Tokens(output)} output tokens, derived", color,
        [.. Enumerable.Range(0, 49).Select(i => curves.From * Math.Pow(curves.To / curves.From, i / 48.0))
            .Select(context => (Context: context, Prefill: curves.Prefill(context), Generation: curves.Generation(context, output)))
            .Where(point => point.Prefill is not null && point.Generation is not null)
            .Select(point => new ChartPoint(point.Context, (point.Context + output) / (point.Prefill + point.Generation)))], Dash.Dashed, Symbol.None);

    private static string Title(Series series)
    {
        var known = series.Contexts.Where(context => context.BlendedTps is not null).ToList();
        if (known.Count < 2)
            return known.Count == 0 ? "No blended throughput was measured" : $"Blended throughput is {Say.Rate(known[0].BlendedTps!.Median)} at {Say.Context(known[0].ContextTokens)}";
        var peak = known.MaxBy(context => context.BlendedTps!.Median)!;
        var (first, last) = (known[0], known[^1]);
        var to = $"falls to {Say.Rate(last.BlendedTps!.Median)} at {Say.Context(last.ContextTokens)}";
        return peak == last ? $"Blended throughput still rises at {Say.Context(last.ContextTokens)}: {Say.Rate(first.BlendedTps!.Median)} to {Say.Rate(last.BlendedTps.Median)}"
            : peak == first ? $"Blended throughput is best at {Say.Context(first.ContextTokens)}, the smallest context ({Say.Rate(first.BlendedTps!.Median)}), and {to}"
            : $"Blended throughput rises to {Say.Rate(peak.BlendedTps!.Median)} at {Say.Context(peak.ContextTokens)} as the prompt outweighs the answer, then {to} as attention grows";
    }
}
