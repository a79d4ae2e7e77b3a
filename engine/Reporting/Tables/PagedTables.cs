using MemoryWall.Charts;
using MemoryWall.Models.Paged;
using MemoryWall.Reporting.Formats;

namespace MemoryWall.Reporting.Tables;

/// <summary>The memory of a server with a paged cache, and the requests that it holds.</summary>
internal static class PagedTables
{
    private sealed record Part(string Name, long? Bytes, string Known);

    /// <summary>The parts of one GPU's memory.</summary>
    public static TextTable CreateParts(PagedForecast forecast)
    {
        List<Part> parts =
        [
            new("taken by the server", forecast.UsableBytes, "share of the GPU's memory"),
            new("weights", forecast.WeightsBytes, forecast.Gpus == 1 ? "headers of the files" : "estimate: matrices are split"),
            new("activations, peak", forecast.ActivationBytes, "estimate"),
            new("driver and libraries", forecast.OtherBytes, "estimate"),
            new("KV cache", forecast.KvBytes, forecast.IsEstimate ? "what is left" : "given"),
        ];
        return new List<TableColumn<Part>>
        {
            new("on each GPU", part => part.Name, IsNumber: false),
            new("memory", part => NumberFormat.Bytes(part.Bytes)),
            new("from", part => part.Known, IsNumber: false),
        }.ToTable(parts.Where(part => part.Bytes is not null));
    }

    /// <summary>Requests at once, for each context.</summary>
    public static TextTable CreateRows(PagedForecast forecast) => new List<TableColumn<PagedRow>>
    {
        new("context", row => NumberFormat.Tokens(row.ContextTokens)),
        new("requests at once", row => NumberFormat.Ratio(row.RequestsAtOnce)),
        new("fits", row => row.RequestsAtOnce >= 1 ? "yes" : "no", IsNumber: false),
    }.ToTable(forecast.Rows);
}
