using MemoryWall.Charts;
using MemoryWall.Core;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Trials;
using MemoryWall.Core.Units;

namespace MemoryWall.Notebooks.Figures;

/// <summary>The prefill rate inside single requests, from the progress reports that came on the way.</summary>
internal static class PrefillCurveChart
{
    private const int MaxLines = 4;
    private const int MinReports = 3;

    public static Chart Create(Run run)
    {
        var curves = run.Trials
            .Where(trial => trial is { Outcome: Completed, Concurrency: 1, Method: SweepMethod.Cold }
                && !trial.Flags.HasFlag(TrialFlags.Warmup))
            .GroupBy(trial => trial.ContextTokens).OrderByDescending(group => group.Key)
            .Select(group => (Trial: group.First(), Points: ComputeRates(run, group.First())))
            .Where(curve => curve.Points.Count >= MinReports - 1)
            .Take(MaxLines).Reverse().ToList();
        return new Chart
        {
            Title = Title(curves),
            Subtitle = RunLabels.DescribeRuns([run]) + " · each point: tokens between two progress reports / time between them",
            X = new Axis("prompt tokens computed so far") { Min = 0 },
            Panels =
            [
                new Panel
                {
                    Y = new Axis("prefill inside the request, tokens/s") { Min = 0 },
                    Marks = [
                        .. curves.Select(
                            (curve, index) =>
                                new Line($"prompt of {NumberFormat.Context(curve.Trial.ContextTokens)} (trial {curve.Trial.Number})",
                                    Theme.SeriesColor(index), curve.Points, Symbol: Theme.SeriesSymbol(index)))],
                },
            ],
            Notes = curves.Count == 0
                ? ["The target sent too few progress reports for a curve; the embedded default and llama-server send them."]
                : [],
            Table = new TextTable(
                [new TextColumn("context"), new TextColumn("first stretch"), new TextColumn("last stretch"),
                    new TextColumn("course", IsNumber: false)],
                [.. curves.Select(
                    curve => (IReadOnlyList<string>)[NumberFormat.Tokens(curve.Trial.ContextTokens), NumberFormat.Rate(curve.Points[0].Y),
                        NumberFormat.Rate(curve.Points[^1].Y), Sparkline.Format([.. curve.Points.Select(point => point.Y)])])]),
        };
    }

    private static string Title(List<(Trial Trial, IReadOnlyList<ChartPoint> Points)> curves)
    {
        if (curves.Count == 0)
            return "No curve inside a request: too few progress reports";
        var (trial, points) = curves[^1];
        var ratio = points[^1].Y!.Value / points[0].Y!.Value;
        return $"Inside one prompt of {NumberFormat.Context(trial.ContextTokens)} prefill {(ratio < 1 ? "slows" : "goes")} from {NumberFormat.Rate(points[0].Y)} to {NumberFormat.Rate(points[^1].Y)}{(ratio < 1 ? $", to {NumberFormat.Percent(ratio)}: each token looks back on all before it" : "")}";
    }

    private static IReadOnlyList<ChartPoint> ComputeRates(Run run, Trial trial)
    {
        if (!run.Marks.TryGetValue(trial.Number, out var marks))
            return [];
        var reports = marks.Where(mark => mark is { Kind: MarkKind.Prefill, Tokens: not null }).ToList();
        // The target's own clock where it tells; arrival is rougher.
        var native = reports.All(mark => mark.Native is not null);
        double At(StreamMark mark) => native ? mark.Native!.Value.TotalSeconds : mark.Arrived.Seconds;
        return [.. reports.Zip(reports.Skip(1)).Where(pair => pair.Second.Tokens > pair.First.Tokens && At(pair.Second) > At(pair.First))
            .Select(pair => new ChartPoint((pair.First.Tokens!.Value + pair.Second.Tokens!.Value) / 2.0,
                (pair.Second.Tokens - pair.First.Tokens) / (At(pair.Second) - At(pair.First))))];
    }
}
