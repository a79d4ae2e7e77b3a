using MemoryWall.Models.Forecast;
using MemoryWall.Reporting.Formats;

namespace MemoryWall.Reporting.Phrases;

/// <summary>The words for a memory forecast.</summary>
internal static class ForecastPhrases
{
    /// <summary>What a forecast was computed for.</summary>
    public static string FormatHeading(ForecastTable table) =>
        $"{table.Model}, KV cache {table.KeyType}/{table.ValueType}, flash attention {(table.FlashAttention ? "on" : "off")}, "
        + $"{FormatSlots(table)}, logits for {FormatLogits(table.LogitsTokens)}";

    /// <summary>What is said about an architecture whose rules are not known; null for a known one.</summary>
    public static string? FormatUnknownArchitecture(ForecastTable table) => table.IsKnownArchitecture ? null
        : "The architecture of this model is not known: it is read by common keys, and the forecast "
            + (table.Unread == UnreadParts.None ? "may be too small."
                : $"is too small, because it leaves out {FormatUnread(table.Unread)}.");

    private static string FormatUnread(UnreadParts parts) => parts switch
    {
        UnreadParts.Index => "the cache of its sparse-attention index",
        UnreadParts.Streams => "the buffers of its several residual streams",
        _ => "the cache of its sparse-attention index and the buffers of its several residual streams",
    };

    /// <summary>What is said about patterns that move nothing; null where each moves something.</summary>
    public static string? FormatUnmatched(ForecastTable table) => table.UnmatchedOverrides.Count == 0 ? null
        : "No tensor of this model matches "
            + string.Join(", ", table.UnmatchedOverrides.Select(pattern => $"'{pattern}'")) + ": nothing is moved by it.";

    /// <summary>Where the wall is, in one sentence.</summary>
    public static string FormatWall(WallForecast wall)
    {
        var fast = wall.AcceleratorBudgets.Count > 1 ? string.Join(" + ", wall.AcceleratorBudgets) : wall.AcceleratorBudget?.ToString();
        var budget = fast is null ? $"{wall.Budget}" : $"{wall.Budget} of RAM and {fast} of accelerator memory";
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
        { Verdict: WallVerdict.ReachesTrained } => "the whole context that the model was trained for",
        { WallTokens: { } tokens } => $"{NumberFormat.Tokens(tokens)} tokens",
        { Verdict: WallVerdict.DoesNotFit } => "does not fit",
        _ => "no wall",
    };

    /// <summary>What the running server tells, and what is assumed because it does not; null where the model is not a server's.</summary>
    public static string? FormatServer(ForecastTable table)
    {
        if (table.Server is not { } server)
            return null;
        var told = new List<string>();
        if (server.Slots is { } slots)
            told.Add(slots == 1 ? "1 slot" : $"{slots} slots");
        if (server.WindowTokens is { } window)
            told.Add($"a window of {NumberFormat.Tokens(window)} tokens");
        if (server.Build is { } build)
            told.Add($"build {build.ToString(System.Globalization.CultureInfo.InvariantCulture)}");
        if (server.LoadedBytes is { } loaded)
            told.Add($"{NumberFormat.Bytes(loaded)} loaded");
        var assumed = new List<string>();
        if (server.Slots is null)
            assumed.Add(FormatSlots(table));
        else if (table.Slots > 1)
            assumed.Add(table.UnifiedCache ? "one cache for all slots" : "a part of the cache for each slot");
        assumed.Add($"KV cache {table.KeyType}/{table.ValueType}");
        assumed.Add($"flash attention {(table.FlashAttention ? "on" : "off")}");
        if (server.Build is null)
            assumed.Add("a llama.cpp of the day");
        return $"{server.Kind} tells {(told.Count == 0 ? "nothing" : string.Join(", ", told))}; assumed: {string.Join(", ", assumed)}.";
    }

    /// <summary>When the memory of a server is taken; null where it is not known.</summary>
    public static string? FormatAllocation(ForecastTable table) => table.Server is { Kind: "llama-server", WindowTokens: not null }
        ? "llama-server has allocated this since its start, whatever the length of a prompt." : null;

    /// <summary>The heading of the comparison with a server's log, or with what it says while it runs.</summary>
    public static string FormatCompared(ForecastTable table) => (table.Server?.LoadedBytes is null ? "Beside the server's log"
            : "Beside what the server says")
        + (table.ComparedContextTokens is { } tokens ? $", at its {NumberFormat.Tokens(tokens)} tokens:" : ":");

    /// <summary>The name of a part of the memory.</summary>
    public static string FormatPart(string part) => part switch
    {
        "kv" => "KV cache",
        "recurrent" => "recurrent states",
        "drafts" => "draft model or draft context",
        "accelerator" => "accelerators, as --fit projects",
        "host" => "RAM, as --fit projects",
        "loaded" => "loaded model",
        "loaded_accelerator" => "loaded model in VRAM",
        _ => part,
    };

    private static string FormatSlots(ForecastTable table) => table.Slots == 1 ? "1 slot"
        : $"{table.Slots} slots {(table.UnifiedCache ? "that share one cache" : "with a part of the cache each")}";

    private static string FormatLogits(int? tokens) =>
        tokens switch { null => "each token of a micro-batch", 1 => "1 token", _ => $"{tokens} tokens" };

    private static string FormatNeed(WallForecast wall) => wall.Smallest switch
    {
        { Accelerator: { } fast } when wall.AcceleratorBudget is not null =>
            $"the smallest context already needs {NumberFormat.Bytes(wall.Smallest.Host.TotalBytes ?? 0)} of RAM "
            + $"and {NumberFormat.Bytes(fast.TotalBytes ?? 0)} of accelerator memory",
        { WeightsBytes: { } weights } when weights > wall.Budget.Bytes => $"the weights alone take {NumberFormat.Bytes(weights)}",
        _ => $"the smallest context already needs {NumberFormat.Bytes(wall.Smallest.TotalBytes ?? 0)}",
    };
}
