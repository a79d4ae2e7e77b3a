using MemoryWall.Charts;
using MemoryWall.Models.Forecast;
using MemoryWall.Reporting.Formats;
using Spectre.Console;

namespace MemoryWall.Cli.Views;

/// <summary>A forecast as text: the memory of each context, the memory wall, and what would move it.</summary>
internal static class ForecastReportWriter
{
    public static void Write(IAnsiConsole console, ForecastTable forecast, int? trainedTokens)
    {
        console.WriteLine(
            $"{forecast.Model}, KV {forecast.KeyType}/{forecast.ValueType}, flash attention {(forecast.FlashAttention ? "on" : "off")}");
        var hasTiers = forecast.Rows.Any(row => row.Accelerator is not null);
        string[] headers = ["context", "weights", "KV cache", "compute", "total", .. hasTiers ? new[] { "in VRAM", "in RAM" } : []];
        TerminalTable.Write(console, new TextTable(
            [.. headers.Select(header => new TextColumn(header))], [.. forecast.Rows.Select(row => FormatRow(row, hasTiers))]));
        if (trainedTokens is { } trained && forecast.Rows.Any(row => row.ContextTokens > trained))
            console.WriteLine($"The model was trained for {NumberFormat.Tokens(trained)} tokens. Beyond them the memory forecast is valid, "
                + "but answers may be poor.");
        if (forecast.Wall is not { } wall)
            return;
        console.WriteLine(wall.Describe());
        foreach (var move in wall.Moves)
            console.WriteLine($"• {move.Change}: {FormatMove(move)}");
    }

    private static IReadOnlyList<string> FormatRow(ForecastRow row, bool hasTiers) =>
    [
        NumberFormat.Tokens(row.ContextTokens), NumberFormat.Bytes(row.WeightsBytes), NumberFormat.Bytes(row.KvBytes + row.RecurrentBytes),
        NumberFormat.Bytes(row.ComputeBytes), NumberFormat.Bytes(row.TotalBytes),
        .. hasTiers ? new[] { NumberFormat.Bytes(row.Accelerator?.TotalBytes), NumberFormat.Bytes(row.Host.TotalBytes) } : [],
    ];

    private static string FormatMove(WallMove move) => move switch
    {
        { WallTokens: { } tokens } => $"{NumberFormat.Tokens(tokens)} tokens",
        { Verdict: WallVerdict.DoesNotFit } => "does not fit",
        _ => "no wall",
    };
}
