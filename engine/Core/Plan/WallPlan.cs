namespace MemoryWall.Core.Plan;

/// <summary>A search for the memory wall: contexts grow until memory gives way, then the edge is narrowed down.</summary>
public sealed record WallPlan
{
    /// <summary>The first context, in tokens.</summary>
    public required int FromTokens { get; init; }

    /// <summary>The largest context to be tried, in tokens; absent for what the model takes.</summary>
    public int? ToTokens { get; init; }

    /// <summary>How narrow the edge is to be, as a share of the context, above 0. Default 0.02.</summary>
    public double Tolerance { get; init; } = 0.02;

    /// <summary>The edge is never narrowed below this many tokens: llama.cpp makes room in steps of so many. Default 256.</summary>
    [System.Text.Json.Serialization.JsonPropertyName("least_step_tokens")]
    public int MinStepTokens { get; init; } = 256;
}
