using System.Text.Json.Serialization;

namespace MemoryWall.Protocol;

/// <summary>The one line that the server writes to standard output: where it listens, or why it does not.</summary>
internal sealed record Handshake
{
    [JsonPropertyName("port")]
    public int? Port { get; init; }

    [JsonPropertyName("pid")]
    public int? ProcessId { get; init; }

    [JsonPropertyName("version")]
    public string? Version { get; init; }

    [JsonPropertyName("error")]
    public string? Error { get; init; }
}

/// <summary>The body of an answer that is no success.</summary>
internal sealed record ErrorResponse
{
    [JsonPropertyName("error")]
    public string? Error { get; init; }
}

/// <summary>The answer of <c>/api/version</c>.</summary>
internal sealed record VersionResponse
{
    [JsonPropertyName("version")]
    public string? Version { get; init; }

    /// <summary>Absent at a real Ollama.</summary>
    [JsonPropertyName(EmbeddedProtocol.ObjectName)]
    public ServerCapabilities? Capabilities { get; init; }
}

/// <summary>What the server can do beyond Ollama's protocol.</summary>
internal sealed record ServerCapabilities
{
    /// <summary><see cref="EmbeddedProtocol.Version"/>.</summary>
    [JsonPropertyName("protocol")]
    public int? Protocol { get; init; }

    /// <summary>Names of extensions, such as <see cref="EmbeddedProtocol.TokenIds"/>.</summary>
    [JsonPropertyName("extensions")]
    public IReadOnlyList<string>? Extensions { get; init; }

    /// <summary>Builds, libraries and settings, by name.</summary>
    [JsonPropertyName("details")]
    public IReadOnlyDictionary<string, string>? Details { get; init; }
}

/// <summary>The answer of <c>/api/tags</c>: the models that the server has.</summary>
internal sealed record TagsResponse
{
    [JsonPropertyName("models")]
    public IReadOnlyList<ModelEntry>? Models { get; init; }
}

/// <summary>A model's file.</summary>
internal sealed record ModelEntry
{
    [JsonPropertyName("name")]
    public string? Name { get; init; }

    [JsonPropertyName("model")]
    public string? Model { get; init; }

    [JsonPropertyName("modified_at")]
    public string? ModifiedAt { get; init; }

    [JsonPropertyName("size")]
    public long? SizeBytes { get; init; }

    [JsonPropertyName("digest")]
    public string? Digest { get; init; }

    [JsonPropertyName("details")]
    public ModelDetails? Details { get; init; }
}

/// <summary>The answer of <c>/api/ps</c>: the models in memory.</summary>
internal sealed record RunningResponse
{
    [JsonPropertyName("models")]
    public IReadOnlyList<RunningModelEntry>? Models { get; init; }
}

/// <summary>A model in memory.</summary>
internal sealed record RunningModelEntry
{
    [JsonPropertyName("name")]
    public string? Name { get; init; }

    [JsonPropertyName("model")]
    public string? Model { get; init; }

    /// <summary>Bytes of weights, KV cache and compute buffers.</summary>
    [JsonPropertyName("size")]
    public long? SizeBytes { get; init; }

    /// <summary>Of those, in accelerator memory; null where llama.cpp does not report it.</summary>
    [JsonPropertyName("size_vram"), JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public long? AcceleratorBytes { get; init; }

    [JsonPropertyName("context_length")]
    public int? WindowTokens { get; init; }

    /// <summary>When the model will be unloaded.</summary>
    [JsonPropertyName("expires_at")]
    public string? ExpiresAt { get; init; }

    [JsonPropertyName("digest")]
    public string? Digest { get; init; }

    [JsonPropertyName("details")]
    public ModelDetails? Details { get; init; }
}

/// <summary>What kind of model it is.</summary>
internal sealed record ModelDetails
{
    [JsonPropertyName("format"), JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public string? Format { get; init; }

    [JsonPropertyName("family"), JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public string? Family { get; init; }

    [JsonPropertyName("parameter_size"), JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public string? ParameterSize { get; init; }

    [JsonPropertyName("quantization_level"), JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public string? QuantizationLevel { get; init; }
}

/// <summary>The answer of <c>/api/show</c>.</summary>
internal sealed record ShowResponse
{
    [JsonPropertyName("details")]
    public ModelDetails? Details { get; init; }

    /// <summary>The metadata of the GGUF file; arrays are null unless the request is verbose.</summary>
    [JsonPropertyName("model_info")]
    public IReadOnlyDictionary<string, object?>? Metadata { get; init; }

    [JsonPropertyName("capabilities")]
    public IReadOnlyList<string>? Capabilities { get; init; }

    /// <summary>Absent unless the request is verbose.</summary>
    [JsonPropertyName("tensors")]
    public IReadOnlyList<TensorEntry>? Tensors { get; init; }
}

/// <summary>A tensor of the model's file.</summary>
internal sealed record TensorEntry
{
    [JsonPropertyName("name")]
    public string? Name { get; init; }

    [JsonPropertyName("type")]
    public string? Type { get; init; }

    [JsonPropertyName("shape")]
    public IReadOnlyList<long>? Shape { get; init; }
}
