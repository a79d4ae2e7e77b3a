namespace MemoryWall.Models.Forecast;

/// <summary>A forecast over contexts, as <c>memwall forecast --json</c> prints it.</summary>
public sealed record ForecastTable
{
    /// <summary>The model's name, or its architecture where it has none.</summary>
    public required string Model { get; init; }

    /// <summary>Element type of the keys.</summary>
    public required string KeyType { get; init; }

    /// <summary>Element type of the values.</summary>
    public required string ValueType { get; init; }

    /// <summary>Whether flash attention was assumed.</summary>
    public required bool FlashAttention { get; init; }

    /// <summary>Sequences at once (slots).</summary>
    public int Slots { get; init; } = 1;

    /// <summary>Whether the slots share one KV cache; otherwise each has its part of the context.</summary>
    public bool UnifiedCache { get; init; }

    /// <summary>Tokens whose logits are reserved; absent where they are reserved for every token of a micro-batch.</summary>
    public int? LogitsTokens { get; init; }

    /// <summary>Whether the architecture's layers are read by llama.cpp's rules; otherwise they are read by common keys, and the forecast
    /// may be too small.</summary>
    public bool IsKnownArchitecture { get; init; } = true;

    /// <summary>What of an unknown architecture the forecast leaves out, as far as the model's keys tell it.</summary>
    internal UnreadParts Unread { get; init; }

    /// <summary>Patterns of <c>--override-tensor</c> that match no tensor of the model; empty for none.</summary>
    public IReadOnlyList<string> UnmatchedOverrides { get; init; } = [];

    /// <summary>One row for each context, in the given order.</summary>
    public required IReadOnlyList<ForecastRow> Rows { get; init; }

    /// <summary>The largest context that fits the budget; null without a budget, and where <see cref="Wall"/> has none.</summary>
    public int? WallTokens => Wall?.WallTokens;

    /// <summary>What the running server told; null for a model that is not a server's.</summary>
    public ServerWords? Server { get; init; }

    /// <summary>The parts of the memory beside what a server logged, with the settings of the log; null without a log.</summary>
    public IReadOnlyList<ComparedPart>? Compared { get; init; }

    /// <summary>The context of <see cref="Compared"/>, in tokens; absent without a log, or where the log does not tell it.</summary>
    public int? ComparedContextTokens { get; init; }

    /// <summary>The predicted wall; null without a budget.</summary>
    public WallForecast? Wall { get; init; }
}

/// <summary>Parts of a model's memory that are described by its keys and not part of a forecast.</summary>
[Flags]
internal enum UnreadParts
{
    /// <summary>None that is known.</summary>
    None = 0,

    /// <summary>The cache of an index of sparse attention.</summary>
    Index = 1,

    /// <summary>The intermediate values of several residual streams.</summary>
    Streams = 2,
}
