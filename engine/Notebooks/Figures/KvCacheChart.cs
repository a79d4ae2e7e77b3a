using MemoryWall.Charts;
using MemoryWall.Facts;
using MemoryWall.Memory;
using MemoryWall.Models;

namespace MemoryWall.Notebooks.Figures;

/// <summary>The KV cache over context: forecast from the model's shape, beside what the target allocated.</summary>
internal static class KvCacheChart
{
    private const double Tolerance = 0.01;

    public static Chart Of(IReadOnlyList<Run> runs, IReadOnlyList<string>? alsoTypes)
    {
        var rows = runs.SelectMany(run => Measured(run)).ToList();
        var windows = rows.Select(row => row.Window).Distinct().Order().ToList();
        var forecasts = Forecasts(runs, alsoTypes, windows);
        return new Chart
        {
            Title = Title(rows, forecasts),
            Subtitle = RunLabels.Origin(runs),
            X = Axis.Context(windows.Select(window => (double)window), "context window, tokens (log2)"),
            Panels =
            [
                new Panel
                {
                    Y = new Axis("KV cache, MiB (log)", AxisScale.Logarithmic),
                    Marks =
                    [
                        .. forecasts.Select(forecast => new Line($"forecast, {forecast.Type}", forecast.Color, [.. forecast.Points.Select(point => new ChartPoint(point.Window, point.Bytes / 1048576.0, Say.Bytes(point.Bytes)))], Dash.Dashed, Symbol.None)),
                        .. rows.GroupBy(row => row.Type).Select((group, index) => new Scatter($"allocated, {group.Key}", ColorOf(group.Key), [.. group.Select(row => new ChartPoint(row.Window, row.Bytes / 1048576.0, $"{Say.Bytes(row.Bytes)}, trial {row.Trial}"))], Theme.Sign(index))),
                    ],
                },
            ],
            Notes = rows.Count == 0 ? ["No target told what it allocated; the forecast stands alone."] : [],
            Table = new TextTable([new TextColumn("KV type", IsNumber: false), new TextColumn("window"), new TextColumn("forecast"), new TextColumn("allocated"), new TextColumn("allocated/forecast")],
                [.. from forecast in forecasts
                    from point in forecast.Points
                    let seen = rows.Where(row => row.Type == forecast.Type && row.Window == point.Window).Select(row => (long?)row.Bytes).FirstOrDefault()
                    select (IReadOnlyList<string>)[forecast.Type, Say.Tokens(point.Window), Say.Bytes(point.Bytes), Say.Bytes(seen), seen is { } bytes ? Say.Number((double)bytes / point.Bytes) : Say.Absent]]),
        };
    }

    private static string Title(List<KvRow> rows, List<KvForecast> forecasts)
    {
        var slopes = forecasts.Where(forecast => forecast.Points.Count > 1).Select(forecast => $"{Say.Bytes(forecast.Slope)} ({forecast.Type})").ToList();
        if (slopes.Count == 0)
            return "The KV cache cannot be forecast: the model's shape is not known";
        var growth = $"Each token of context costs {Say.List(slopes)} of KV cache";
        var checks = from forecast in forecasts
                     from point in forecast.Points
                     from row in rows.Where(row => row.Type == forecast.Type && row.Window == point.Window)
                     select Math.Abs((double)row.Bytes / point.Bytes - 1);
        return checks.ToList() switch
        {
            [] => growth,
            var off when off.Max() == 0 => $"{growth}, exactly as forecast",
            var off when off.Max() <= Tolerance => $"{growth}, within {Say.Number(off.Max() * 100)}% of the forecast",
            var off => $"{growth} by forecast; what was allocated is off by up to {Say.Number(off.Max() * 100)}%",
        };
    }

    private static List<KvForecast> Forecasts(IReadOnlyList<Run> runs, IReadOnlyList<string>? alsoTypes, List<int> windows)
    {
        if (runs.Select(run => run.Manifest.Target.Shape).OfType<ModelShape>().FirstOrDefault() is not { } shape)
            return [];
        var options = runs[0].Manifest.Plan.Options;
        var types = runs.Select(TypeOf).Concat(alsoTypes ?? []).Distinct();
        return [.. from type in types
                   let settings = ForecastSettings.FromOptions(options with { KvType = type, FlashAttention = alsoTypes is null ? options.FlashAttention : "on" })
                   where MemoryForecast.FindProblems(shape, settings).Count == 0
                   select new KvForecast(type, ColorOf(type), [.. windows.Select(window => (window, MemoryForecast.Compute(shape, settings, window).KvBytes))])];
    }

    private static IEnumerable<KvRow> Measured(Run run) =>
        from trial in run.Trials
        where trial is { KvBytes: > 0, WindowTokens: > 0 }
        select new KvRow(TypeOf(run), trial.WindowTokens!.Value, trial.KvBytes!.Value, trial.Number);

    private static string TypeOf(Run run) => run.Manifest.Plan.Options.KvType ?? KvCacheType.F16.Name;

    private static Ink ColorOf(string type) => Theme.Series(Math.Max(0, KvCacheType.All.Select(known => known.Name).ToList() switch
    {
        _ when type == "f16" => 0,
        _ when type == "q8_0" => 1,
        _ when type == "q4_0" => 2,
        var names => 3 + names.IndexOf(type),
    }));

    private sealed record KvRow(string Type, int Window, long Bytes, int Trial);

    private sealed record KvForecast(string Type, Ink Color, IReadOnlyList<(int Window, long Bytes)> Points)
    {
        public double Slope => (double)(Points[^1].Bytes - Points[0].Bytes) / (Points[^1].Window - Points[0].Window);
    }
}
