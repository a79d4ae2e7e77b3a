using MemoryWall.Analysis.Reports;
using MemoryWall.Charts;
using MemoryWall.Core.Facts;
using MemoryWall.Models.Forecast;
using MemoryWall.Reporting.Formats;

namespace MemoryWall.Reporting.Figures;

/// <summary>The size of the KV cache over context: the forecast from the model's shape, and what the target allocated.</summary>
internal static class KvCacheChart
{
    public static Chart Create(IReadOnlyList<RunReport> runs, IReadOnlyList<string>? additionalTypes)
    {
        var rows = runs.SelectMany(run => GetMeasured(run)).ToList();
        var windows = rows.Select(row => row.Window).Distinct().Order().ToList();
        var forecasts = ComputeForecasts(runs, additionalTypes, windows);
        return new Chart
        {
            Title = Title(rows, forecasts, runs.Count == 0 ? 0 : runs[0].Rules.Estimates.KvForecastTolerance),
            Subtitle = FigureSubtitle.Create(runs),
            X = Axis.ForContexts(windows.Select(window => (double)window), "context window, tokens (log2)"),
            Panels =
            [
                new Panel
                {
                    Y = new Axis("KV cache, MiB (log)", AxisScale.Logarithmic),
                    Marks =
                    [
                        .. forecasts.Select(
                            forecast => new Line($"forecast, {forecast.Type}", forecast.Color,
                                [.. forecast.Points.Select(
                                    point => new ChartPoint(point.Window, point.Bytes / 1048576.0, NumberFormat.Bytes(point.Bytes)))],
                                    Dash.Dashed, Symbol.None)),
                        .. rows.GroupBy(row => row.Type)
                            .Select((group, index) => new Scatter($"allocated, {group.Key}", GetColor(group.Key),
                                [.. group.Select(
                                    row => new ChartPoint(row.Window, row.Bytes / 1048576.0,
                                        $"{NumberFormat.Bytes(row.Bytes)}, trial {row.Trial}"))], Theme.SeriesSymbol(index))),
                    ],
                },
            ],
            Notes = rows.Count == 0 ? ["No target reported what it allocated; only the forecast is drawn."] : [],
            Table = new TextTable(
                [new TextColumn("KV type", IsNumber: false), new TextColumn("window"), new TextColumn("forecast"),
                    new TextColumn("allocated"), new TextColumn("allocated/forecast")],
                [.. from forecast in forecasts
                    from point in forecast.Points
                    let seen = rows.Where(row => row.Type == forecast.Type && row.Window == point.Window).Select(row => (long?)row.Bytes)
                        .FirstOrDefault()
                    select (IReadOnlyList<string>)[forecast.Type, NumberFormat.Tokens(point.Window), NumberFormat.Bytes(point.Bytes),
                        NumberFormat.Bytes(seen),
                        seen is { } bytes ? NumberFormat.Number((double)bytes / point.Bytes) : NumberFormat.Absent]]),
        };
    }

    private static string Title(List<KvRow> rows, List<KvForecast> forecasts, double tolerance)
    {
        var slopes = forecasts.Where(forecast => forecast.Points.Count > 1)
            .Select(forecast => $"{NumberFormat.Bytes(forecast.BytesPerToken)} ({forecast.Type})").ToList();
        if (slopes.Count == 0)
            return "The KV cache cannot be forecast: the model's shape is unknown";
        var growth = $"Each token of context costs {WordFormat.List(slopes)} of KV cache";
        var checks = from forecast in forecasts
                     from point in forecast.Points
                     from row in rows.Where(row => row.Type == forecast.Type && row.Window == point.Window)
                     select Math.Abs((double)row.Bytes / point.Bytes - 1);
        return checks.ToList() switch
        {
            [] => growth,
            var off when off.Max() == 0 => $"{growth}, exactly as forecast",
            var off when off.Max() <= tolerance =>
                $"{growth}, within {NumberFormat.Number(off.Max() * 100)}% of the forecast",
            var off => $"{growth} according to the forecast; the allocated size differs by up to {NumberFormat.Number(off.Max() * 100)}%",
        };
    }

    private static List<KvForecast> ComputeForecasts(IReadOnlyList<RunReport> runs, IReadOnlyList<string>? alsoTypes, List<int> windows)
    {
        if (runs.Select(run => run.Manifest.Target.Shape).OfType<ModelShape>().FirstOrDefault() is not { } shape)
            return [];
        var options = runs[0].Manifest.Plan.Options;
        var types = runs.Select(GetKvType).Concat(alsoTypes ?? []).Distinct();
        return [.. from type in types
                   let settings = ForecastSettings.FromStored(
                       options with { KvType = type, FlashAttention = alsoTypes is null ? options.FlashAttention : "on" })
                   where MemoryForecast.FindProblems(shape, settings).Count == 0
                   select new KvForecast(type, GetColor(type),
                       [.. windows.Select(window => (window, MemoryForecast.Compute(shape, settings, window).KvBytes))])];
    }

    private static IEnumerable<KvRow> GetMeasured(RunReport run) =>
        from trial in run.Trials.Select(view => view.Trial)
        where trial is { KvBytes: > 0, WindowTokens: > 0 }
        select new KvRow(GetKvType(run), trial.WindowTokens!.Value, trial.KvBytes!.Value, trial.Number);

    private static string GetKvType(RunReport run) => run.Manifest.Plan.Options.KvType ?? KvCacheType.F16.Name;

    private static ChartColor GetColor(string type) =>
        Theme.SeriesColor(Math.Max(0, KvCacheType.All.Select(known => known.Name).ToList() switch
        {
            _ when type == "f16" => 0,
            _ when type == "q8_0" => 1,
            _ when type == "q4_0" => 2,
            var names => 3 + names.IndexOf(type),
        }));

    private sealed record KvRow(string Type, int Window, long Bytes, int Trial);

    private sealed record KvForecast(string Type, ChartColor Color, IReadOnlyList<(int Window, long Bytes)> Points)
    {
        public double BytesPerToken => (double)(Points[^1].Bytes - Points[0].Bytes) / (Points[^1].Window - Points[0].Window);
    }
}
