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

    /// <summary>One row for each context, in the given order.</summary>
    public required IReadOnlyList<ForecastRow> Rows { get; init; }

    /// <summary>The largest context that fits the budget; null without a budget, and where <see cref="Wall"/> has none.</summary>
    public int? WallTokens => Wall?.WallTokens;

    /// <summary>The predicted wall; null without a budget.</summary>
    public WallForecast? Wall { get; init; }
}
