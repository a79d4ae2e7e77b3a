using MemoryWall.Analysis;
using MemoryWall.Analysis.Reports;
using MemoryWall.Charts;
using MemoryWall.Reporting.Formats;
using MemoryWall.Reporting.Phrases;

namespace MemoryWall.Reporting.Figures;

/// <summary>
/// The curves fitted through prefill time and time between tokens, the fitted trials, and the residuals. Beyond the largest measured
/// context the line is dashed and the region is shaded: there the curve is a forecast, which assumes that the fitted form still applies.
/// </summary>
internal static class FitChart
{
    private const int StepCount = 40;
    private const double ForecastFactor = 2;

    public static Chart Create(RunReport run)
    {
        var fits = run.Fits.MaxBy(level => (level.Prefill?.Residuals.Count ?? 0) + (level.InterToken?.Residuals.Count ?? 0));
        (string Name, string Axis, ChartColor Color, CurveFit? Fit)[] curves =
        [
            ("prefill time", "prefill, seconds (log)", ChartColor.Blue, fits?.Prefill),
            ("time between tokens", "between tokens, seconds (log)", ChartColor.Vermilion, fits?.InterToken),
        ];
        var known = curves.Where(curve => curve.Fit is not null).Select(curve => (curve.Name, curve.Axis, curve.Color, Fit: curve.Fit!))
            .ToList();
        return new Chart
        {
            Title = known.Count == 0
                ? DescribeMissing(fits)
                : $"Forecast: {string.Join("; ", known.Select(curve => DescribeForecast(curve.Name, curve.Fit)))}",
            Subtitle = FigureSubtitle.Create([run])
                + " · robust fit with weights 1/y²; bands: expected range of 95% of single trials",
            X = Axis.ForContexts(known.SelectMany(curve => new[] { curve.Fit.FromTokens, curve.Fit.ToTokens * ForecastFactor })),
            Panels = [.. known.Select(curve => CreateCurvePanel(curve.Name, curve.Axis, curve.Color, curve.Fit)),
                .. known.Count == 0 ? new[] { new Panel { Y = new Axis("seconds"), Marks = [] } } : [CreateResidualPanel(known)]],
            Notes = [
                .. known.Select(
                    curve =>
                        $"{curve.Name} = {FitPhrases.FormatFormula(curve.Fit, curve.Color == ChartColor.Blue ? "prompt" : "context")}; "
                            + FitPhrases.FormatScatter(curve.Fit)),
                .. fits?.MissingPrefill is { } noPrefill ? [FitPhrases.FormatMissing("the prefill time", noPrefill)] : (string[])[],
                .. fits?.MissingInterToken is { } noGeneration
                    ? [FitPhrases.FormatMissing("the time between tokens", noGeneration)]
                    : (string[])[]],
            Table = new TextTable(
                [new TextColumn("curve", IsNumber: false), new TextColumn("tokens"), new TextColumn("seconds"), new TextColumn("low"),
                    new TextColumn("high"), new TextColumn("kind", IsNumber: false)],
                [.. known.SelectMany(
                    curve => new[] { curve.Fit.FromTokens, curve.Fit.ToTokens, curve.Fit.ToTokens * ForecastFactor }.Select(curve.Fit.At)
                        .OfType<FitValue>().Select(value => (IReadOnlyList<string>)
                    [curve.Name, NumberFormat.Tokens(value.Tokens), NumberFormat.Duration(value.Seconds),
                        NumberFormat.Duration(value.Interval.Low), NumberFormat.Duration(value.Interval.High),
                        value.IsForecast ? "forecast" : "within the measured contexts"]))]),
        };
    }

    private static string DescribeMissing(LevelFits? fits) => fits is null
        ? "No curve: nothing was measured"
        : FitPhrases.FormatMissing("the prefill time", fits.MissingPrefill!).TrimEnd('.');

    private static Panel CreateCurvePanel(string name, string axis, ChartColor color, CurveFit fit) => new()
    {
        Y = new Axis(axis, AxisScale.Logarithmic),
        Marks =
        [
            new Band(name, color,
                [.. ComputeValues(fit, fit.FromTokens, fit.ToTokens * ForecastFactor).Where(value => value.Interval.Low > 0)
                    .Select(value => new ChartRange(value.Tokens, value.Interval.Low, value.Interval.High))], IsInterval: true),
            new Line($"{name}, fitted", color, ToPoints(ComputeValues(fit, fit.FromTokens, fit.ToTokens)), Symbol: Symbol.None),
            new Line($"{name}, forecast", color, ToPoints(ComputeValues(fit, fit.ToTokens, fit.ToTokens * ForecastFactor)), Dash.Dashed,
                Symbol.None),
            new Scatter($"{name}, trials", color,
                [.. fit.Residuals.Select(
                    trial => new ChartPoint(trial.Tokens, trial.Seconds, $"trial {trial.Trial}: {NumberFormat.Duration(trial.Seconds)}"))]),
        ],
        ShadedRegions = [new ShadedRegion(fit.ToTokens, fit.ToTokens * ForecastFactor, "forecast", ChartColor.Grey)],
    };

    private static Panel CreateResidualPanel(List<(string Name, string Axis, ChartColor Color, CurveFit Fit)> curves) => new()
    {
        Y = new Axis("residual ÷ curve"),
        Marks = [
            .. curves.Select(
                curve => new Scatter($"{curve.Name}, residual", curve.Color,
                    [.. curve.Fit.Residuals.Select(trial => new ChartPoint(trial.Tokens, trial.Relative, $"trial {trial.Trial}"))],
                    curve.Color == ChartColor.Blue ? Symbol.Circle : Symbol.Square))],
        ReferenceLines = [new ReferenceLine(ReferenceLineDirection.Horizontal, 0, "the fitted curve")],
        Weight = 0.6,
    };

    private static IEnumerable<FitValue> ComputeValues(CurveFit fit, double from, double to) =>
        Enumerable.Range(0, StepCount + 1).Select(step => fit.At(from * Math.Pow(to / from, step / (double)StepCount))).OfType<FitValue>();

    private static ChartPoint[] ToPoints(IEnumerable<FitValue> values) =>
        [.. values.Select(value => new ChartPoint(value.Tokens, value.Seconds))];

    private static string DescribeForecast(string name, CurveFit fit) => fit.At(fit.ToTokens * ForecastFactor) is { } value
        ? $"{name} {NumberFormat.Duration(value.Seconds)} at {NumberFormat.Approximate(value.Tokens)} tokens "
            + $"({NumberFormat.Duration(value.Interval.Low)} to {NumberFormat.Duration(value.Interval.High)})"
        : $"none of {name}, because the fitted curve does not extend beyond the measured contexts";
}
