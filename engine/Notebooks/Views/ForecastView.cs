using MemoryWall.Charts;
using MemoryWall.Memory;

namespace MemoryWall.Notebooks.Views;

/// <summary>Forecasts of memory.</summary>
internal static class ForecastView
{
    public static View Of(ForecastTable table)
    {
        var view = new View().Head($"{table.Model}, KV {table.KeyType}/{table.ValueType}, flash attention {(table.FlashAttention ? "on" : "off")}").Table(Rows(table.Rows));
        return table.Wall is { } wall ? Add(view, wall) : view;
    }

    public static View Of(IReadOnlyList<ForecastRow> rows) => new View().Table(Rows(rows));

    public static View Of(WallForecast wall) => Add(new View(), wall);

    private static View Add(View view, WallForecast wall) => view.Line(wall.Describe()).Items(wall.Moves.Select(move => $"{move.Change}: {Describe(move)}"));

    private static string Describe(WallMove move) => move switch
    {
        { WallTokens: { } tokens } => $"{Say.Tokens(tokens)} tokens",
        { Verdict: WallVerdict.DoesNotFit } => "does not fit",
        _ => "no wall",
    };

    private static TextTable Rows(IEnumerable<ForecastRow> rows) => new(
        [new("context"), new("weights"), new("KV cache"), new("compute"), new("total"), new("read for one token")],
        [.. rows.Select(row => (IReadOnlyList<string>)[Say.Tokens(row.ContextTokens), Say.Bytes(row.WeightsBytes), Say.Bytes(row.KvBytes + row.RecurrentBytes), Say.Bytes(row.ComputeBytes), Say.Bytes(row.TotalBytes), Say.Bytes(row.TouchedBytesPerToken)])]);
}
