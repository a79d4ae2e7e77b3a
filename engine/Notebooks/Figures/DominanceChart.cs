using MemoryWall.Charts;
using MemoryWall.Facts;

namespace MemoryWall.Notebooks.Figures;

/// <summary>Which phase takes most of the time, over context and length of the answer.</summary>
internal static class DominanceChart
{
    private const int Columns = 48;
    private static readonly double[] s_outputs = [16, 32, 64, 128, 256, 512, 1024, 2048, 4096];

    public static Chart Of(Run run)
    {
        var series = Series.Main(run);
        var curves = new PhaseCurves(series.Contexts);
        var crossings = curves.Known ? s_outputs.Select(output => (Output: output, At: curves.Crossover(output))).Where(entry => entry.At is not null).ToList() : [];
        return new Chart
        {
            Title = Title(curves, crossings),
            Subtitle = RunLabels.Origin([run]) + " · share of prefill in both phases",
            X = Axis.Context(curves.Known ? [curves.From, curves.To] : []) with { Min = curves.Known ? curves.From : null, Max = curves.Known ? curves.To : null },
            Panels =
            [
                new Panel
                {
                    Y = new Axis("output, tokens (log2)", AxisScale.Logarithmic) { Ticks = [.. s_outputs.Select(output => new Tick(output, Axis.Tokens(output)))] },
                    Marks = curves.Known ? [Grid(curves), .. Line(crossings), .. Measured(series)] : [],
                },
            ],
            Notes =
            [
                "Between the measured contexts both times are interpolated in the logarithms; beyond them nothing is shown. An answer's time is the sum over its tokens of the time that a token takes at its depth.",
                .. series.Notes(),
            ],
            Table = new TextTable([new TextColumn("output tokens"), new TextColumn("prefill takes as long from, tokens")],
                [.. s_outputs.Select(output => (IReadOnlyList<string>)[Say.Tokens(output), crossings.FirstOrDefault(entry => entry.Output == output).At is { } at ? Say.About(at) : Say.Absent])]),
        };
    }

    private static string Title(PhaseCurves curves, List<(double Output, double? At)> crossings)
    {
        if (!curves.Known)
            return "Too few contexts with both phases measured for a map";
        return crossings switch
        {
            [] => $"The phases change places at no context between {Axis.Tokens(curves.From)} and {Axis.Tokens(curves.To)} for any of these answers",
            [var only] => $"An answer of {Say.Tokens(only.Output)} tokens takes as long as its prompt at {Say.About(only.At!.Value)} tokens of context; right of the line prefill dominates",
            _ => $"The longer the answer, the later prefill dominates: from {Say.About(crossings[0].At!.Value)} tokens of context for {Say.Tokens(crossings[0].Output)} output tokens, from {Say.About(crossings[^1].At!.Value)} for {Say.Tokens(crossings[^1].Output)}",
        };
    }

    private static Heat Grid(PhaseCurves curves)
    {
        var x = Enumerable.Range(0, Columns + 1).Select(i => curves.From * Math.Pow(curves.To / curves.From, (double)i / Columns)).ToList();
        // Four rows to each doubling.
        var y = Enumerable.Range(0, 4 * (s_outputs.Length - 1) + 1).Select(i => s_outputs[0] * Math.Pow(2, i / 4.0)).ToList();
        return new Heat("share of prefill", x, y,
            [.. y.SkipLast(1).Select(output => (IReadOnlyList<double?>)[.. x.SkipLast(1).Select((context, i) => curves.Share(Math.Sqrt(context * x[i + 1]), output * Math.Pow(2, 0.125)))])],
            "generation dominates", "prefill dominates");
    }

    private static IEnumerable<Mark> Line(List<(double Output, double? At)> crossings)
    {
        if (crossings.Count > 1)
            yield return new Line("crossover", Ink.Black, [.. crossings.Select(entry => new ChartPoint(entry.At!.Value, entry.Output, $"{Say.About(entry.At.Value)} tokens"))], Symbol: Symbol.None);
    }

    private static IEnumerable<Mark> Measured(Series series)
    {
        yield return new Scatter("measured", Ink.Black, [.. series.Contexts.Where(context => context.PrefillShare is not null)
            .Select(context => new ChartPoint(context.ContextTokens, context.OutputTokensAsked, Say.Percent(context.PrefillShare!.Median)))], Symbol.Diamond);
    }
}
