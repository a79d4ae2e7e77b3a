using MemoryWall.Models.Forecast;
using MemoryWall.Reporting.Formats;

namespace MemoryWall.Reporting.Phrases;

/// <summary>The words for a memory forecast.</summary>
internal static class ForecastPhrases
{
    /// <summary>What a forecast was computed for.</summary>
    public static string FormatHeading(ForecastTable table) =>
        $"{table.Model}, KV cache {table.KeyType}/{table.ValueType}, flash attention {(table.FlashAttention ? "on" : "off")}";

    /// <summary>Where the wall is, in one sentence.</summary>
    public static string FormatWall(WallForecast wall)
    {
        var budget = wall.AcceleratorBudget is { } fast ? $"{wall.Budget} of RAM and {fast} of accelerator memory" : $"{wall.Budget}";
        var (trained, tokens) = (NumberFormat.Tokens(wall.TrainedContextTokens), NumberFormat.Tokens(wall.WallTokens));
        return wall.Verdict switch
        {
            WallVerdict.DoesNotFit => $"No context fits into {budget}: {FormatNeed(wall)}.",
            WallVerdict.Unlimited => $"Every context fits into {budget}: this model needs the same memory at every length.",
            WallVerdict.ReachesTrained => $"The whole context of {trained} tokens that the model was trained for fits into {budget}.",
            WallVerdict.BelowTrained =>
                $"A context of {tokens} tokens fits into {budget}; the model was trained for {trained}.",
            _ => $"A context of {tokens} tokens fits into {budget}.",
        };
    }

    /// <summary>A change that would move the wall, and where to.</summary>
    public static string FormatMove(WallMove move) => $"{move.Change}: " + move switch
    {
        { WallTokens: { } tokens } => $"{NumberFormat.Tokens(tokens)} tokens",
        { Verdict: WallVerdict.DoesNotFit } => "does not fit",
        _ => "no wall",
    };

    private static string FormatNeed(WallForecast wall) => wall.Smallest switch
    {
        { Accelerator: { } fast } when wall.AcceleratorBudget is not null =>
            $"the smallest context already needs {NumberFormat.Bytes(wall.Smallest.Host.TotalBytes ?? 0)} of RAM "
            + $"and {NumberFormat.Bytes(fast.TotalBytes ?? 0)} of accelerator memory",
        { WeightsBytes: { } weights } when weights > wall.Budget.Bytes => $"the weights alone take {NumberFormat.Bytes(weights)}",
        _ => $"the smallest context already needs {NumberFormat.Bytes(wall.Smallest.TotalBytes ?? 0)}",
    };
}
