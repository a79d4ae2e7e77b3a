using MemoryWall.Charts;
using MemoryWall.Models.Forecast;

namespace MemoryWall.Notebooks.Views;

/// <summary>Forecasts of memory.</summary>
internal static class ForecastView
{
    public static View Create(ForecastTable table)
    {
        var view = new View().AddHeading(
            $"{table.Model}, KV {table.KeyType}/{table.ValueType}, flash attention {(table.FlashAttention ? "on" : "off")}")
            .AddTable(CreateTable(table.Rows));
        return table.Wall is { } wall ? AddWall(view, wall) : view;
    }

    public static View Create(IReadOnlyList<ForecastRow> rows) => new View().AddTable(CreateTable(rows));

    public static View Create(WallForecast wall) => AddWall(new View(), wall);

    private static View AddWall(View view, WallForecast wall) =>
        view.AddLine(wall.Describe()).AddItems(wall.Moves.Select(move => $"{move.Change}: {FormatMove(move)}"));

    private static string FormatMove(WallMove move) => move switch
    {
        { WallTokens: { } tokens } => $"{TextFormat.Tokens(tokens)} tokens",
        { Verdict: WallVerdict.DoesNotFit } => "does not fit",
        _ => "no wall",
    };

    private static TextTable CreateTable(IEnumerable<ForecastRow> rows) => new(
        [new("context"), new("weights"), new("KV cache"), new("compute"), new("total"), new("read for one token")],
        [.. rows.Select(
            row => (IReadOnlyList<string>)[TextFormat.Tokens(row.ContextTokens), TextFormat.Bytes(row.WeightsBytes),
                TextFormat.Bytes(row.KvBytes + row.RecurrentBytes), TextFormat.Bytes(row.ComputeBytes), TextFormat.Bytes(row.TotalBytes),
                TextFormat.Bytes(row.TouchedBytesPerToken)])]);
}
