using MemoryWall.Analysis.Sessions;
using MemoryWall.Charts;
using MemoryWall.Reporting.Formats;
using MemoryWall.Reporting.Phrases;

namespace MemoryWall.Reporting.Tables;

/// <summary>What caches of several sizes make of a trace: one row for each.</summary>
internal static class SessionForecastTable
{
    private static readonly TableColumn<CacheForecast>[] s_columns =
    [
        new("RAM", SessionForecastPhrases.Ram),
        new("storage", row => SessionForecastPhrases.Storage(row.Storage)),
        new("hits in RAM", row => NumberFormat.Percent(row.RamShare), DropOrder: 3),
        new("hits on storage", row => NumberFormat.Percent(row.StorageShare), DropOrder: 4),
        new("misses", row => NumberFormat.Percent(row.MissShare)),
        new("TTFT p50", row => NumberFormat.Duration(row.Ttft.P50)),
        new("p95", row => NumberFormat.Duration(row.Ttft.P95)),
        new("without queue p50", row => NumberFormat.Duration(row.TtftWithoutQueue.P50)),
        new("p95", row => NumberFormat.Duration(row.TtftWithoutQueue.P95)),
        new("load", row => NumberFormat.Percent(row.Load), DropOrder: 5),
        new("read", row => NumberFormat.Bytes(row.Storage is null ? null : row.LoadedBytes), DropOrder: 1),
        new("written", row => NumberFormat.Bytes(row.Storage is null ? null : row.WrittenBytes), DropOrder: 2),
    ];

    /// <summary>The table.</summary>
    public static TextTable Create(SessionForecast forecast)
    {
        ArgumentNullException.ThrowIfNull(forecast);
        return s_columns.ToTable(forecast.Rows, keyColumns: 2);
    }
}
