namespace MemoryWall.Core.Plan;

/// <summary>A search for the memory wall: contexts grow until one no longer fits in memory, then the gap is halved.</summary>
public sealed record WallPlan
{
    /// <summary>The first context, in tokens.</summary>
    public required int FromTokens { get; init; }

    /// <summary>The largest context to try, in tokens; absent for the model's own limit.</summary>
    public int? ToTokens { get; init; }

    /// <summary>The largest gap between the context that fits and the one that does not, as a share of the context, above 0 and below 1.
    /// Default 0.02.</summary>
    public double Tolerance { get; init; } = 0.02;

    /// <summary>The gap is not narrowed below this many tokens, the step in which llama.cpp reserves its KV cache. Default
    /// 256.</summary>
    [System.Text.Json.Serialization.JsonPropertyName("least_step_tokens")]
    public int MinStepTokens { get; init; } = 256;
}
