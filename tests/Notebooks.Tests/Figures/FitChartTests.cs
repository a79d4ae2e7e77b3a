using MemoryWall.Charts;

namespace MemoryWall.Notebooks.Tests.Figures;

public class FitChartTests
{
    // Prefill time 0.1 + N/1000 exactly, so beyond the last context the curve is known.
    [Fact]
    public void Fits_ExactLine_ForecastIsDashedShadedAndSaidToBeOne()
    {
        var figure = Figure.Fits(
            Sample.Run(
                [.. new[] { 1000, 2000, 3000, 4000, 6000, 8000 }.Select(
                    (context, i) => Sample.Trial(i + 1, context, 0.1 + context / 1000.0, 1))]));
        var prefill = figure.Chart.Panels[0];
        var (fitted, forecast) = (Named(prefill, "prefill time, fitted"), Named(prefill, "prefill time, forecast"));
        Assert.Equal((1000.0, 8000.0), (fitted.Points[0].X, Math.Round(fitted.Points[^1].X)));
        Assert.Equal((8000.0, 16000.0, Dash.Dashed), (forecast.Points[0].X, Math.Round(forecast.Points[^1].X), forecast.Dash));
        Assert.Equal(16.1, forecast.Points[^1].Y!.Value, 0.01);
        Assert.Equal("forecast", Assert.Single(prefill.ShadedRegions).Label);
        Assert.Contains("Forecast: prefill time 16.1 s at 16,000 tokens", figure.Title, StringComparison.Ordinal);
        Assert.All(figure.Chart.Panels[^1].Marks.OfType<Scatter>().First().Points, point => Assert.Equal(0, point.Y!.Value, 1e-6));
    }

    [Fact]
    public void Fits_TooFewContexts_SaysSo() =>
        Assert.StartsWith("No curve", Figure.Fits(Sample.Run([Sample.Trial(1, 2048, 1, 1)])).Title, StringComparison.Ordinal);

    private static Line Named(Panel panel, string name) => panel.Marks.OfType<Line>().Single(line => line.Name == name);
}
