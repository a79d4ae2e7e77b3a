using MemoryWall.Analysis.Sessions;
using MemoryWall.Charts;
using MemoryWall.Reporting.Formats;
using MemoryWall.Reporting.Phrases;
using MemoryWall.Reporting.Tables;

namespace MemoryWall.Reporting.Figures;

/// <summary>Found blocks and TTFT over the size of RAM, one line for each storage.</summary>
internal static class SessionForecastChart
{
    public static Chart Create(SessionForecast forecast, string heading, string source)
    {
        var sizes = forecast.Caches.OrderBy(cache => cache.RamBytes).ThenBy(cache => cache.RamBytesPerSecond)
            .Select(SessionForecastPhrases.Ram).Distinct().ToList();
        var series = forecast.Caches.GroupBy(cache => cache.Storage).ToList();
        return new Chart
        {
            Title = Title(forecast),
            Subtitle = heading,
            X = Axis.ForCategories("RAM for KV caches", sizes),
            Panels =
            [
                new Panel
                {
                    Y = Axis.ForShares("blocks found"),
                    Marks = [.. series.Select((line, index) => CreateLine(Name(line.Key), index, sizes, line, cache => 1 - cache.MissShare,
                        share => NumberFormat.Percent(share)))],
                    ReferenceLines = [new ReferenceLine(ReferenceLineDirection.Horizontal, 1 - forecast.Unlimited.MissShare,
                        $"without limits {NumberFormat.Percent(1 - forecast.Unlimited.MissShare)}")],
                },
                new Panel
                {
                    Y = new Axis("TTFT without queue, s (log)", AxisScale.Logarithmic),
                    Marks =
                    [
                        .. series.Select((line, index) => CreateLine(Name(line.Key), index, sizes, line,
                            cache => cache.TtftWithoutQueue.P50, seconds => NumberFormat.Duration(seconds))),
                        .. series.Select((line, index) => CreateLine($"{Name(line.Key)}, p95", index, sizes, line,
                            cache => cache.TtftWithoutQueue.P95, seconds => NumberFormat.Duration(seconds)) with { Dash = Dash.Dashed }),
                    ],
                    ReferenceLines = [new ReferenceLine(ReferenceLineDirection.Horizontal, forecast.Recompute.TtftWithoutQueue.P50,
                        $"no cache: median {NumberFormat.Duration(forecast.Recompute.TtftWithoutQueue.P50)}")],
                },
            ],
            Notes = [source, SessionForecastPhrases.FormatAssumptions(forecast), .. SessionForecastPhrases.Format(forecast)],
            Table = SessionForecastTable.Create(forecast),
        };
    }

    private static string Name(StorageSize? storage) => storage is null ? "RAM alone" : $"with {SessionForecastPhrases.Storage(storage)}";

    private static Line CreateLine(string name, int index, List<string> sizes, IEnumerable<CacheForecast> caches,
        Func<CacheForecast, double> value, Func<double, string> format) =>
        new(name, Theme.SeriesColor(index),
            [.. caches.Select(cache => (Place: sizes.IndexOf(SessionForecastPhrases.Ram(cache)), Value: value(cache)))
                .OrderBy(point => point.Place).Select(point => new ChartPoint(point.Place, point.Value, format(point.Value)))],
            Symbol: Theme.SeriesSymbol(index));

    private static string Title(SessionForecast forecast)
    {
        var best = forecast.Caches.MinBy(cache => (cache.MissShare, cache.TtftWithoutQueue.P50));
        return best is null
            ? "No cache was asked about"
            : $"{NumberFormat.Percent(1 - best.MissShare)} of all blocks are found with RAM of {SessionForecastPhrases.Ram(best)}"
                + (best.Storage is null ? "" : $" and storage of {SessionForecastPhrases.Storage(best.Storage)}")
                + $"; the median TTFT without a queue is {NumberFormat.Duration(best.TtftWithoutQueue.P50)} instead of "
                + NumberFormat.Duration(forecast.Recompute.TtftWithoutQueue.P50);
    }
}
