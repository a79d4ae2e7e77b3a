using MemoryWall.Analysis;
using MemoryWall.Charts;
using MemoryWall.Facts;

namespace MemoryWall.Notebooks.Figures;

/// <summary>
/// The curves through prefill time and time between tokens, with the trials that they rest on and what these leave over. Beyond the largest context the line is dashed, the ground
/// shaded, and the band widens: a forecast, as far as the curve's form holds.
/// </summary>
internal static class FitChart
{
    private const int Steps = 40;
    private const double Beyond = 2;

    public static Chart Of(Run run)
    {
        var fits = Runs.Analysis(run).Fits.MaxBy(level => (level.Prefill?.Residuals.Count ?? 0) + (level.InterToken?.Residuals.Count ?? 0));
        (string Name, string Axis, Ink Color, CurveFit? Fit)[] curves =
        [
            ("prefill time", "prefill, seconds (log)", Ink.Blue, fits?.Prefill),
            ("time between tokens", "between tokens, seconds (log)", Ink.Vermilion, fits?.InterToken),
        ];
        var known = curves.Where(curve => curve.Fit is not null).Select(curve => (curve.Name, curve.Axis, curve.Color, Fit: curve.Fit!)).ToList();
        return new Chart
        {
            Title = known.Count == 0 ? "No curve: prefill time needs 3 contexts and 4 trials, time between tokens 2 and 3" : string.Join("; ", known.Select(curve => Forecast(curve.Name, curve.Fit))),
            Subtitle = RunLabels.Origin([run]) + " · least squares with weights 1/y²; bands: where 95% of single trials are expected",
            X = Axis.Context(known.SelectMany(curve => new[] { curve.Fit.FromTokens, curve.Fit.ToTokens * Beyond })),
            Panels = [.. known.Select(curve => Curve(curve.Name, curve.Axis, curve.Color, curve.Fit)), .. known.Count == 0 ? new[] { new Panel { Y = new Axis("seconds"), Marks = [] } } : [Residuals(known)]],
            Notes = [.. known.Select(curve => $"{curve.Name} = {Formula(curve.Fit)}; a single trial lies {Say.Percent(curve.Fit.RelativeDeviation)} about it")],
            Table = new TextTable([new TextColumn("curve", IsNumber: false), new TextColumn("tokens"), new TextColumn("seconds"), new TextColumn("low"), new TextColumn("high"), new TextColumn("kind", IsNumber: false)],
                [.. known.SelectMany(curve => new[] { curve.Fit.FromTokens, curve.Fit.ToTokens, curve.Fit.ToTokens * Beyond }.Select(curve.Fit.At).OfType<FitValue>().Select(value => (IReadOnlyList<string>)
                    [curve.Name, Say.Tokens(value.Tokens), Say.Seconds(value.Seconds), Say.Seconds(value.Interval.Low), Say.Seconds(value.Interval.High), value.IsForecast ? "forecast" : "within what was measured"]))]),
        };
    }

    private static Panel Curve(string name, string axis, Ink color, CurveFit fit) => new()
    {
        Y = new Axis(axis, AxisScale.Logarithmic),
        Marks =
        [
            new Band(name, color, [.. Values(fit, fit.FromTokens, fit.ToTokens * Beyond).Where(value => value.Interval.Low > 0).Select(value => new ChartRange(value.Tokens, value.Interval.Low, value.Interval.High))], IsInterval: true),
            new Line($"{name}, fitted", color, Points(Values(fit, fit.FromTokens, fit.ToTokens)), Symbol: Symbol.None),
            new Line($"{name}, forecast", color, Points(Values(fit, fit.ToTokens, fit.ToTokens * Beyond)), Dash.Dashed, Symbol.None),
            new Scatter($"{name}, trials", color, [.. fit.Residuals.Select(trial => new ChartPoint(trial.Tokens, trial.Seconds, $"trial {trial.Trial}: {Say.Seconds(trial.Seconds)}"))]),
        ],
        Shades = [new Shade(fit.ToTokens, fit.ToTokens * Beyond, "forecast", Ink.Grey)],
    };

    private static Panel Residuals(List<(string Name, string Axis, Ink Color, CurveFit Fit)> curves) => new()
    {
        Y = new Axis("left over, share of the curve"),
        Marks = [.. curves.Select(curve => new Scatter($"{curve.Name}, left over", curve.Color, [.. curve.Fit.Residuals.Select(trial => new ChartPoint(trial.Tokens, trial.Relative, $"trial {trial.Trial}"))], curve.Color == Ink.Blue ? Symbol.Circle : Symbol.Square))],
        Rules = [new Rule(RuleDirection.Horizontal, 0, "the curve")],
        Weight = 0.6,
    };

    private static IEnumerable<FitValue> Values(CurveFit fit, double from, double to) =>
        Enumerable.Range(0, Steps + 1).Select(step => fit.At(from * Math.Pow(to / from, step / (double)Steps))).OfType<FitValue>();

    private static ChartPoint[] Points(IEnumerable<FitValue> values) => [.. values.Select(value => new ChartPoint(value.Tokens, value.Seconds))];

    private static string Forecast(string name, CurveFit fit) => fit.At(fit.ToTokens * Beyond) is { } value
        ? $"{char.ToUpperInvariant(name[0])}{name[1..]} at {Say.About(value.Tokens)} tokens, beyond what was measured: {Say.Seconds(value.Seconds)} ({Say.Seconds(value.Interval.Low)} to {Say.Seconds(value.Interval.High)})"
        : $"{name}: no forecast, the curve's form does not hold beyond what was measured";

    private static string Formula(CurveFit fit) => string.Join(" + ", fit.Terms.Select(term => $"{Say.Number(term.Seconds)} s{(term.Name == "1" ? "" : "·" + term.Name)}{(term.Interval.Contains(0) ? " (not told from 0)" : "")}"));
}
