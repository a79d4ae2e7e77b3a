using MemoryWall.Charts;
using MemoryWall.Models.Forecast;
using MemoryWall.Reporting.Formats;

namespace MemoryWall.Notebooks.Views;

/// <summary>Memory forecasts.</summary>
internal static class ForecastView
{
    public static View Create(ForecastTable table)
    {
        var view = new View().AddHeading(
            $"{table.Model}, KV cache {table.KeyType}/{table.ValueType}, flash attention {(table.FlashAttention ? "on" : "off")}")
            .AddTable(CreateTable(table.Rows));
        return table.Wall is { } wall ? AddWall(view, wall) : view;
    }

    public static View Create(IReadOnlyList<ForecastRow> rows) => new View().AddTable(CreateTable(rows));

    public static View Create(WallForecast wall) => AddWall(new View(), wall);

    private static View AddWall(View view, WallForecast wall) =>
        view.AddLine(wall.Describe()).AddItems(wall.Moves.Select(move => $"{move.Change}: {FormatMove(move)}"));

    private static string FormatMove(WallMove move) => move switch
    {
        { WallTokens: { } tokens } => $"{NumberFormat.Tokens(tokens)} tokens",
        { Verdict: WallVerdict.DoesNotFit } => "does not fit",
        _ => "no limit",
    };

    private static TextTable CreateTable(IEnumerable<ForecastRow> rows) => new(
        [new("context"), new("weights"), new("KV cache"), new("compute"), new("total"), new("read per token")],
        [.. rows.Select(
            row => (IReadOnlyList<string>)[NumberFormat.Tokens(row.ContextTokens), NumberFormat.Bytes(row.WeightsBytes),
                NumberFormat.Bytes(row.KvBytes + row.RecurrentBytes), NumberFormat.Bytes(row.ComputeBytes),
                NumberFormat.Bytes(row.TotalBytes),
                NumberFormat.Bytes(row.TouchedBytesPerToken)])]);
}
