namespace MemoryWall.Core.Facts;

/// <summary>What a target told of itself before the first trial.</summary>
public sealed record TargetFacts
{
    /// <summary>The protocol: <c>embedded</c>, <c>ollama</c>, <c>llama-server</c>, <c>openai</c>.</summary>
    public required string Kind { get; init; }

    /// <summary>Where it answers, without credentials.</summary>
    public required string Endpoint { get; init; }

    /// <summary>The server's version in its own words; absent where it does not say.</summary>
    public string? ServerVersion { get; init; }

    /// <summary>The model's name at the target.</summary>
    public required string Model { get; init; }

    /// <summary>The model's shape; absent where the target does not tell it.</summary>
    public ModelShape? Shape { get; init; }

    /// <summary>The largest context that the target can be asked for; absent where it does not say.</summary>
    public int? MaxContextTokens { get; init; }

    /// <summary>Prompt tokens that the target adds to every prompt (BOS, template); absent where not known yet.</summary>
    public int? AddedTokens { get; init; }

    /// <summary>Whether the target reports its own count of the prompt's tokens.</summary>
    public bool ReportsPromptCount { get; init; }

    /// <summary>Whether the target reports how many prompt tokens came from a cache.</summary>
    public bool ReportsCachedCount { get; init; }

    /// <summary>Whether the target can be told to go on after an end-of-text token.</summary>
    public bool CanIgnoreEos { get; init; }

    /// <summary>Whether the target can be told not to use a prompt cache.</summary>
    public bool CanDisableCache { get; init; }

    /// <summary>Whether the target can skip the prefill and give a context synthetic depth; only the embedded server can.</summary>
    [System.Text.Json.Serialization.JsonPropertyName("can_jump")]
    public bool CanSkipPrefill { get; init; }

    /// <summary>Whether the target can measure many contexts with one prompt that grows through them, and prove that it did.</summary>
    [System.Text.Json.Serialization.JsonPropertyName("can_pass")]
    public bool CanMeasureIncrementalDepth { get; init; }

    /// <summary>Whether the target can save a prompt's KV cache to storage and take it up from there.</summary>
    public bool CanResume { get; init; }

    /// <summary>Whether the target takes prompts as token ids.</summary>
    public bool TakesTokenIds { get; init; }

    /// <summary>Whatever else it told, by name: builds, libraries, threads, system information. Strings of a foreign server: data, never
    /// markup.</summary>
    public IReadOnlyDictionary<string, string> Details { get; init; } = new Dictionary<string, string>();
}
