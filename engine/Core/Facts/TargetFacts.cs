using System.Text.Json.Serialization;

namespace MemoryWall.Core.Facts;

/// <summary>What a target reports about itself before the first trial.</summary>
public sealed record TargetFacts
{
    /// <summary>The protocol: <c>embedded</c>, <c>ollama</c>, <c>llama-server</c>, <c>openai</c>.</summary>
    public required string Kind { get; init; }

    /// <summary>The address without credentials.</summary>
    public required string Endpoint { get; init; }

    /// <summary>The server's version as it reports it; absent where it does not.</summary>
    public string? ServerVersion { get; init; }

    /// <summary>The model's name at the target.</summary>
    public required string Model { get; init; }

    /// <summary>The model's shape; absent where the target does not report it.</summary>
    public ModelShape? Shape { get; init; }

    /// <summary>The largest context that a request may ask for; absent where the target does not report it.</summary>
    public int? MaxContextTokens { get; init; }

    /// <summary>Prompt tokens that the target adds to every prompt (BOS, template); absent where not known.</summary>
    public int? AddedTokens { get; init; }

    /// <summary>Whether the target reports its own count of the prompt's tokens.</summary>
    public bool ReportsPromptCount { get; init; }

    /// <summary>Whether a request can tell the target to continue after an end-of-text token.</summary>
    public bool CanIgnoreEos { get; init; }

    /// <summary>Whether a request can disable the prompt cache.</summary>
    public bool CanDisableCache { get; init; }

    /// <summary>Whether the target can skip the prefill and fill the KV cache to a synthetic depth; only the embedded server can.</summary>
    [JsonPropertyName("can_jump")]
    public bool CanSkipPrefill { get; init; }

    /// <summary>Whether the target supports incremental depth: it measures many contexts with one growing prompt and proves it.</summary>
    [JsonPropertyName("can_pass")]
    public bool CanMeasureIncrementalDepth { get; init; }

    /// <summary>Whether the target can save a prompt's KV cache to storage and resume from it.</summary>
    public bool CanResume { get; init; }

    /// <summary>Whether the target accepts prompts as token ids.</summary>
    public bool TakesTokenIds { get; init; }

    /// <summary>Further details by name: builds, libraries, threads, system information. These are strings of an external server: data,
    /// never markup.</summary>
    public IReadOnlyDictionary<string, string> Details { get; init; } = new Dictionary<string, string>();
}
