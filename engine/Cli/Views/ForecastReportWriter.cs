using MemoryWall.Core.Units;
using MemoryWall.Models.Forecast;
using Spectre.Console;

namespace MemoryWall.Cli.Views;

/// <summary>A forecast for people: what each context takes, where the budget ends, and what would move that.</summary>
internal static class ForecastReportWriter
{
    public static void Write(IAnsiConsole console, ForecastTable forecast, int? trainedTokens)
    {
        console.WriteLine(
            $"{forecast.Model}, KV {forecast.KeyType}/{forecast.ValueType}, flash attention {(forecast.FlashAttention ? "on" : "off")}");
        var hasTiers = forecast.Rows.Any(row => row.Accelerator is not null);
        var table = new Table().Border(TableBorder.Simple);
        foreach (var header in (string[])["context", "weights", "KV cache", "compute", "total",
            .. hasTiers ? new[] { "in VRAM", "in RAM" } : []])
            table.AddColumn(new TableColumn(header).RightAligned());
        foreach (var row in forecast.Rows)
        {
            table.AddRow([
                NumberFormat.Tokens(row.ContextTokens), FormatBytes(row.WeightsBytes), FormatBytes(row.KvBytes + row.RecurrentBytes),
                FormatBytes(row.ComputeBytes), FormatBytes(row.TotalBytes),
                .. hasTiers ? new[] { FormatBytes(row.Accelerator?.TotalBytes), FormatBytes(row.Host.TotalBytes) } : []]);
        }
        console.Write(table);
        if (trainedTokens is { } trained && forecast.Rows.Any(row => row.ContextTokens > trained))
            console.WriteLine(
                $"The model was trained for {NumberFormat.Tokens(trained)} tokens: beyond them memory is as forecast, and what it says is another matter.");
        if (forecast.Wall is not { } wall)
            return;
        console.WriteLine(wall.Describe());
        foreach (var move in wall.Moves)
            console.WriteLine($"• {move.Change}: {FormatMove(move)}");
    }

    private static string FormatMove(WallMove move) => move switch
    {
        { WallTokens: { } tokens } => $"{NumberFormat.Tokens(tokens)} tokens",
        { Verdict: WallVerdict.DoesNotFit } => "does not fit",
        _ => "no wall",
    };

    private static string FormatBytes(long? bytes) => bytes is { } value ? new ByteSize(value).ToString() : NumberFormat.Absent;
}
