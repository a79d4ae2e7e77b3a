using MemoryWall.Analysis.Reports;
using MemoryWall.Charts;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Trials;
using MemoryWall.Reporting.Formats;

namespace MemoryWall.Reporting.Figures;

/// <summary>The prefill rate inside single requests, from the progress reports of the server.</summary>
internal static class PrefillCurveChart
{
    private const int MaxLines = 4;
    private const int MinReports = 3;

    public static Chart Create(RunReport run)
    {
        var curves = run.Run.Trials
            .Where(trial => trial is { Outcome: Completed, Concurrency: 1, Method: SweepMethod.Cold }
                && !trial.Flags.HasFlag(TrialFlags.Warmup))
            .GroupBy(trial => trial.ContextTokens).OrderByDescending(group => group.Key)
            .Select(group => (Trial: group.First(), Points: ComputeRates(run, group.First())))
            .Where(curve => curve.Points.Count >= MinReports - 1)
            .Take(MaxLines).Reverse().ToList();
        return new Chart
        {
            Title = Title(curves),
            Subtitle = FigureSubtitle.Create([run]) + " · each point: tokens between two progress reports ÷ time between them",
            X = new Axis("prompt tokens computed so far") { Min = 0 },
            Panels =
            [
                new Panel
                {
                    Y = new Axis("prefill rate inside the request, tokens/s") { Min = 0 },
                    Marks = [
                        .. curves.Select(
                            (curve, index) =>
                                new Line($"prompt of {NumberFormat.Context(curve.Trial.ContextTokens)} (trial {curve.Trial.Number})",
                                    Theme.SeriesColor(index), curve.Points, Symbol: Theme.SeriesSymbol(index)))],
                },
            ],
            Notes = curves.Count == 0
                ? ["The target sent too few progress reports for a curve. The embedded server and llama-server send enough."]
                : [],
            Table = new TextTable(
                [new TextColumn("context"), new TextColumn("first interval"), new TextColumn("last interval"),
                    new TextColumn("over the prompt", IsNumber: false)],
                [.. curves.Select(
                    curve => (IReadOnlyList<string>)[NumberFormat.Tokens(curve.Trial.ContextTokens), NumberFormat.Rate(curve.Points[0].Y),
                        NumberFormat.Rate(curve.Points[^1].Y), Sparkline.Format([.. curve.Points.Select(point => point.Y)])])]),
        };
    }

    private static string Title(List<(Trial Trial, IReadOnlyList<ChartPoint> Points)> curves)
    {
        if (curves.Count == 0)
            return "The prefill rate inside a request is unknown: too few progress reports";
        var (trial, points) = curves[^1];
        var ratio = points[^1].Y!.Value / points[0].Y!.Value;
        return $"Inside one prompt of {NumberFormat.Context(trial.ContextTokens)} tokens, prefill {(ratio < 1 ? "slows" : "changes")} "
            + $"from {NumberFormat.Rate(points[0].Y)} to {NumberFormat.Rate(points[^1].Y)}"
            + $"{(ratio < 1 ? $" ({NumberFormat.Percent(ratio)})" : "")}";
    }

    private static IReadOnlyList<ChartPoint> ComputeRates(RunReport run, Trial trial) =>
        [.. run.GetPrefillRates(trial).Select(rate => new ChartPoint(rate.Tokens, rate.PerSecond))];
}
