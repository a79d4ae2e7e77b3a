using MemoryWall.Charts;
using MemoryWall.Models.Forecast;
using MemoryWall.Reporting.Formats;
using MemoryWall.Reporting.Phrases;

namespace MemoryWall.Reporting.Tables;

/// <summary>The forecast memory of each context.</summary>
internal static class ForecastTables
{
    /// <param name="rows">The rows.</param>
    /// <param name="withGigabytes">Whether totals are shown in GB too, as vendors count.</param>
    public static TextTable Create(IReadOnlyList<ForecastRow> rows, bool withGigabytes = false)
    {
        var columns = new List<TableColumn<ForecastRow>>
        {
            new("context", row => NumberFormat.Tokens(row.ContextTokens)),
            new("weights", row => NumberFormat.Bytes(row.WeightsBytes)),
            new("KV cache", row => NumberFormat.Bytes(row.KvBytes + row.RecurrentBytes)),
            new("compute", row => NumberFormat.Bytes(row.ComputeBytes)),
            new("total", row => NumberFormat.Bytes(row.TotalBytes)),
        };
        if (withGigabytes)
            columns.Add(new("total in GB", row => NumberFormat.Gigabytes(row.TotalBytes)));
        if (rows.Any(row => row.DraftBytes is not 0))
            columns.Insert(3, new("drafts", row => NumberFormat.Bytes(row.DraftBytes)));
        if (rows.Any(row => row.Accelerator is not null))
        {
            columns.Add(new("in VRAM", row => NumberFormat.Bytes(row.Accelerator?.TotalBytes)));
            if (withGigabytes)
                columns.Add(new("in VRAM, GB", row => NumberFormat.Gigabytes(row.Accelerator?.TotalBytes)));
            for (var i = 0; i < rows.Max(row => row.Accelerators?.Count ?? 0) && rows.Any(row => row.Accelerators?.Count > 1); i++)
            {
                var device = i;
                columns.Add(new($"GPU {device}", row => NumberFormat.Bytes(row.Accelerators?[device].TotalBytes)));
            }
            columns.Add(new("in RAM", row => NumberFormat.Bytes(row.Host.TotalBytes)));
        }
        columns.Add(new("read per token", row => NumberFormat.Bytes(row.TouchedBytesPerToken)));
        return columns.ToTable(rows);
    }

    /// <summary>The parts of the memory, forecast and as a server logged them.</summary>
    public static TextTable CreateCompared(IReadOnlyList<ComparedPart> parts) =>
        new List<TableColumn<ComparedPart>>
        {
            new("part", part => ForecastPhrases.FormatPart(part.Part), IsNumber: false),
            new("forecast", part => NumberFormat.Bytes(part.ForecastBytes)),
            new("server's log", part => NumberFormat.Bytes(part.ServerBytes)),
            new("error", part => NumberFormat.Deviation(part.Error)),
        }.ToTable(parts);
}
