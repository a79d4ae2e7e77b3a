using MemoryWall.Analysis.Machines;
using MemoryWall.Charts;
using MemoryWall.Core.Plan;
using MemoryWall.Reporting.Formats;
using MemoryWall.Reporting.Phrases;
using MemoryWall.Statistics;

namespace MemoryWall.Reporting.Figures;

/// <summary>Measured machines over contexts, side by side: bars of rates, points of TTFT, each with its interval.</summary>
internal static class MeasuredMachinesChart
{
    // As many as there are colours.
    private const int MaxMachines = 6;
    private const double GroupWidth = 0.8;

    /// <summary>Generation rate and TTFT.</summary>
    public static Chart Create(MachinesReport report, IReadOnlyList<string> names) =>
        Create(report, names, MachineQuantity.GenerationTps, MachineQuantity.TtftSeconds);

    /// <summary>Generation rate for the price and for the power, as far as they are known.</summary>
    public static Chart CreateForCosts(MachinesReport report, IReadOnlyList<string> names)
    {
        MachineQuantity[] known = [.. new[] { MachineQuantity.TpsPerThousand, MachineQuantity.TpsPerWatt }.Where(quantity =>
            report.Machines.SelectMany(machine => machine.Contexts).Any(context => context.Values.ContainsKey(quantity)))];
        return known.Length > 0 ? Create(report, names, known) : Create(report, names, MachineQuantity.TpsPerThousand) with
        {
            Title = "Neither prices nor power are known: enter prices, or watts",
        };
    }

    private static Chart Create(MachinesReport report, IReadOnlyList<string> names, params MachineQuantity[] quantities)
    {
        var phrases = new MeasuredMachinePhrases(report, names);
        var drawn = SelectDrawn(report, quantities[0]);
        return new Chart
        {
            Title = phrases.FormatTitle(quantities[0]),
            Subtitle = Describe(report),
            X = Axis.ForCategories("context, tokens", [.. report.Contexts.Select(NumberFormat.Context)]),
            Panels = [.. quantities.Select(quantity => CreatePanel(report, names, drawn, quantity))],
            Notes =
            [
                "Lines are the intervals of the medians, or the ranges of fewer than five trials. A cross marks a context without an "
                    + "answer.",
                .. drawn.Count < report.Machines.Count
                    ? new[] { $"Not drawn: {WordFormat.List(names.Where((_, i) => !drawn.Contains(i)))}." }
                    : [],
            ],
            Table = CreateTable(report, names, quantities),
        };
    }

    // Those with the best medians at the context of the comparison.
    private static IReadOnlyList<int> SelectDrawn(MachinesReport report, MachineQuantity quantity)
    {
        double? Rank(int machine) => report.Machines[machine].Find(report.DecisionTokens, quantity)?.Estimate.Value;
        var ranked = Enumerable.Range(0, report.Machines.Count).OrderByDescending(machine => Rank(machine) ?? double.NegativeInfinity);
        return [.. ranked.Take(MaxMachines).Order()];
    }

    private static Panel CreatePanel(MachinesReport report, IReadOnlyList<string> names, IReadOnlyList<int> drawn,
        MachineQuantity quantity)
    {
        var isTime = quantity == MachineQuantity.TtftSeconds;
        var width = GroupWidth / drawn.Count;
        var contexts = report.Contexts;
        double At(int context, int place) => context + (place - (drawn.Count - 1) / 2.0) * width;
        var cells = drawn.SelectMany((machine, place) => contexts.Select((tokens, context) => new Cell(machine, tokens, At(context, place),
            report.Machines[machine].Find(tokens, quantity)?.Estimate))).ToList();
        var known = cells.Where(cell => cell.Estimate is not null).ToList();
        return new Panel
        {
            Y = isTime
                ? new Axis("TTFT, s (log)", AxisScale.Logarithmic)
                : new Axis(MeasuredMachinePhrases.Name(quantity)) { Min = 0 },
            Marks =
            [
                .. drawn.Select((machine, place) => isTime
                    ? (Mark)new Scatter(names[machine], Theme.SeriesColor(place), [.. known.Where(cell => cell.Machine == machine)
                        .Select(cell => new ChartPoint(cell.X, cell.Estimate!.Value, cell.Describe(names, quantity)))])
                    : new Bars(names[machine], Theme.SeriesColor(place), [.. known.Where(cell => cell.Machine == machine)
                        .Select(cell => new ChartRange(cell.X, 0, cell.Estimate!.Value, cell.Describe(names, quantity)))], width * 0.9)),
                new Line("", ChartColor.Text, [.. known.SelectMany(Whisker)], Symbol: Symbol.None),
                // Crosses alone would say nothing of the quantity.
                .. isTime || known.Count == 0 ? [] : drawn.Select((machine, place) => CreateCrosses(report, names, machine, place, At)),
            ],
        };
    }

    private static IEnumerable<ChartPoint> Whisker(Cell cell) => cell.Estimate!.Interval is not { } interval ? []
        : [new(cell.X, interval.Low), new(cell.X, interval.High), new(cell.X, null)];

    private static Scatter CreateCrosses(MachinesReport report, IReadOnlyList<string> names, int machine, int place,
        Func<int, int, double> at) => new("", Theme.SeriesColor(place), [.. report.Contexts.Select((tokens, context) => (tokens, context))
            .Where(entry => report.Machines[machine].Find(entry.tokens) is { Completed: 0, Failure: not null })
            .Select(entry => new ChartPoint(at(entry.context, place), 0, $"{names[machine]} at {NumberFormat.Context(entry.tokens)}: "
                + WordFormat.Words(report.Machines[machine].Find(entry.tokens)!.Failure!)))], Symbol.Cross);

    private static string Describe(MachinesReport report)
    {
        var trials = report.Machines.SelectMany(machine => machine.Contexts).Select(context => context.Trials.Count).ToList();
        var (fewest, most) = (trials.Min(), trials.Max());
        var level = report.Selection.Level;
        return $"{ModelLabel.Create(report.Machines[0].Manifest.Target.Model)} · one stream, {level.Method.Label()}, "
            + $"{WordFormat.Count(level.OutputTokensAsked, "output token")} · medians of "
            + (most == 1 ? "one trial" : fewest == most ? $"{most} trials" : $"{fewest} to {most} trials")
            + (report.OnOneMachine.Count > 1 ? " · settings of one machine count as machines" : "");
    }

    private static TextTable CreateTable(MachinesReport report, IReadOnlyList<string> names, IReadOnlyList<MachineQuantity> quantities) =>
        new([new TextColumn("machine", IsNumber: false), new TextColumn("context"),
                .. quantities.Select(quantity => new TextColumn(MeasuredMachinePhrases.Name(quantity)))],
            [.. report.Machines.SelectMany((machine, index) => machine.Contexts.Select(context => (IReadOnlyList<string>)[names[index],
                NumberFormat.Tokens(context.ContextTokens),
                .. quantities.Select(quantity => MeasuredMachinePhrases.FormatCell(machine, context.ContextTokens, quantity))]))])
        {
            KeyColumns = 2,
        };

    private sealed record Cell(int Machine, int ContextTokens, double X, Estimate? Estimate)
    {
        public string Describe(IReadOnlyList<string> names, MachineQuantity quantity) =>
            $"{names[Machine]} at {NumberFormat.Context(ContextTokens)}: {MeasuredMachinePhrases.WithInterval(quantity, Estimate!)}";
    }
}
