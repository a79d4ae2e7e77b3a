using MemoryWall.Analysis;
using MemoryWall.Analysis.Reports;
using MemoryWall.Charts;
using MemoryWall.Reporting.Formats;

namespace MemoryWall.Reporting.Figures;

/// <summary>Which phase takes more time, over context and output length.</summary>
internal static class DominanceChart
{
    private const int ColumnCount = 48;
    private static readonly double[] s_outputs = [16, 32, 64, 128, 256, 512, 1024, 2048, 4096];

    public static Chart Create(RunReport run)
    {
        var series = Series.CreateMain(run);
        var curves = RunReport.GetCurves(series.Contexts);
        var crossings = curves.HasCurves
            ? s_outputs.Select(output => (Output: output, At: curves.FindCrossover(output))).Where(entry => entry.At is not null).ToList()
            : [];
        return new Chart
        {
            Title = Title(curves, crossings),
            Subtitle = FigureSubtitle.Create([run]) + " · prefill's share of the time of both phases",
            X = Axis.ForContexts(curves.HasCurves ? [curves.MinTokens, curves.MaxTokens] : []) with
            {
                Min = curves.HasCurves
                ? curves.MinTokens
                : null,
                Max = curves.HasCurves ? curves.MaxTokens : null
            },
            Panels =
            [
                new Panel
                {
                    Y = new Axis("output, tokens (log2)",
                        AxisScale.Logarithmic) { Ticks = [.. s_outputs.Select(output => new Tick(output, Axis.FormatTokens(output)))] },
                    Marks = curves.HasCurves
                        ? [CreateHeatMap(curves), .. CreateCrossoverLine(crossings), .. CreateMeasuredMarks(series)]
                        : [],
                },
            ],
            Notes =
            [
                "Between the measured contexts, both times are interpolated on logarithmic scales; beyond them the map is blank. "
                    + "The time of an answer is the sum of the times of its tokens, each at its own depth.",
                .. series.CreateNotes(),
            ],
            Table = new TextTable([new TextColumn("output tokens"), new TextColumn("crossover, tokens of context")],
                [.. s_outputs.Select(
                    output => (IReadOnlyList<string>)[NumberFormat.Tokens(output),
                        crossings.FirstOrDefault(entry => entry.Output == output).At is { } at
                            ? NumberFormat.Approximate(at)
                            : NumberFormat.Absent])]),
        };
    }

    private static string Title(PhaseCurves curves, List<(double Output, double? At)> crossings)
    {
        if (!curves.HasCurves)
            return "No map: too few contexts have both phases measured";
        return crossings switch
        {
            [] => $"No crossover between {Axis.FormatTokens(curves.MinTokens)} and {Axis.FormatTokens(curves.MaxTokens)} tokens of context "
                + "for any of these output lengths",
            [var only] => $"An answer of {NumberFormat.Tokens(only.Output)} tokens takes as long as its prompt "
                + $"at {NumberFormat.Approximate(only.At!.Value)} tokens of context",
            _ => "A longer answer moves the crossover to larger contexts: "
                + $"{NumberFormat.Approximate(crossings[0].At!.Value)} tokens "
                + $"for {NumberFormat.Tokens(crossings[0].Output)} output tokens, "
                + $"{NumberFormat.Approximate(crossings[^1].At!.Value)} for {NumberFormat.Tokens(crossings[^1].Output)}",
        };
    }

    private static HeatMap CreateHeatMap(PhaseCurves curves)
    {
        var x = Enumerable.Range(0, ColumnCount + 1)
            .Select(i => curves.MinTokens * Math.Pow(curves.MaxTokens / curves.MinTokens, (double)i / ColumnCount)).ToList();
        // Four rows for each doubling of the output length.
        var y = Enumerable.Range(0, 4 * (s_outputs.Length - 1) + 1).Select(i => s_outputs[0] * Math.Pow(2, i / 4.0)).ToList();
        return new HeatMap("prefill's share of the time", x, y,
            [.. y.SkipLast(1)
                .Select(output =>
                    (IReadOnlyList<double?>)[
                        .. x.SkipLast(1)
                            .Select((context, i) => curves.PrefillShare(Math.Sqrt(context * x[i + 1]), output * Math.Pow(2, 0.125)))])],
            "generation dominates", "prefill dominates");
    }

    private static IEnumerable<Mark> CreateCrossoverLine(List<(double Output, double? At)> crossings)
    {
        if (crossings.Count > 1)
            yield return new Line("crossover", ChartColor.Black,
                [.. crossings.Select(
                    entry => new ChartPoint(entry.At!.Value, entry.Output, $"{NumberFormat.Approximate(entry.At.Value)} tokens"))],
                    Symbol: Symbol.None);
    }

    private static IEnumerable<Mark> CreateMeasuredMarks(Series series)
    {
        yield return new Scatter("measured", ChartColor.Black, [.. series.Contexts.Where(context => context.PrefillShare is not null)
            .Select(context => new ChartPoint(context.ContextTokens, context.OutputTokensAsked,
                NumberFormat.Percent(context.PrefillShare!.Median)))], Symbol.Diamond);
    }
}
