using System.Text.Json.Serialization;

namespace MemoryWall.Protocol;

/// <summary>The response of <c>/api/tags</c>: the models that the server has.</summary>
internal sealed record TagsResponse
{
    /// <summary>The models; the embedded server has one.</summary>
    [JsonPropertyName("models")]
    public IReadOnlyList<ModelEntry>? Models { get; init; }
}

/// <summary>A model that the server has. Ollama's clients expect all fields.</summary>
internal sealed record ModelEntry
{
    /// <summary>The model's name.</summary>
    [JsonPropertyName("name")]
    public string? Name { get; init; }

    /// <summary>The model's name again, as Ollama repeats it.</summary>
    [JsonPropertyName("model")]
    public string? Model { get; init; }

    /// <summary>When the file was last written, in ISO 8601.</summary>
    [JsonPropertyName("modified_at")]
    public string? ModifiedAt { get; init; }

    /// <summary>The size of the model's files, in bytes; where a name is a link, that of the file behind it.</summary>
    [JsonPropertyName("size")]
    public long? SizeBytes { get; init; }

    /// <summary>The SHA-256 of the file; of a file above 128 MiB, that of its header, its length and samples of it.</summary>
    [JsonPropertyName("digest")]
    public string? Digest { get; init; }

    /// <summary>The kind of model.</summary>
    [JsonPropertyName("details")]
    public ModelDetails? Details { get; init; }
}

/// <summary>The response of <c>/api/ps</c>: the models in memory.</summary>
internal sealed record RunningResponse
{
    /// <summary>The loaded models; empty where none is loaded.</summary>
    [JsonPropertyName("models")]
    public IReadOnlyList<RunningModelEntry>? Models { get; init; }
}

/// <summary>A model in memory.</summary>
internal sealed record RunningModelEntry
{
    /// <summary>The model's name.</summary>
    [JsonPropertyName("name")]
    public string? Name { get; init; }

    /// <summary>The model's name again, as Ollama repeats it.</summary>
    [JsonPropertyName("model")]
    public string? Model { get; init; }

    /// <summary>Bytes of weights, KV cache and compute buffers.</summary>
    [JsonPropertyName("size")]
    public long? SizeBytes { get; init; }

    /// <summary>The part of <see cref="SizeBytes"/> in accelerator memory; null where llama.cpp does not report it. Written even where it
    /// is null, because a missing field would mean 0 to Ollama's clients.</summary>
    [JsonPropertyName("size_vram"), JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public long? AcceleratorBytes { get; init; }

    /// <summary>The context window, in tokens.</summary>
    [JsonPropertyName("context_length")]
    public int? WindowTokens { get; init; }

    /// <summary>When the model will be unloaded, in ISO 8601; the year 9999 where there is no limit.</summary>
    [JsonPropertyName("expires_at")]
    public string? ExpiresAt { get; init; }

    /// <summary>The SHA-256 of the file; of a file above 128 MiB, that of its header, its length and samples of it.</summary>
    [JsonPropertyName("digest")]
    public string? Digest { get; init; }

    /// <summary>The kind of model.</summary>
    [JsonPropertyName("details")]
    public ModelDetails? Details { get; init; }
}

/// <summary>The kind of model. Ollama's clients expect all fields, so they are written even where they are null.</summary>
internal sealed record ModelDetails
{
    /// <summary>The file format: <c>gguf</c>.</summary>
    [JsonPropertyName("format"), JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public string? Format { get; init; }

    /// <summary>The architecture in the GGUF file; null where the file does not name it.</summary>
    [JsonPropertyName("family"), JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public string? Family { get; init; }

    /// <summary>The number of parameters as text, such as <c>8030.3M</c>.</summary>
    [JsonPropertyName("parameter_size"), JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public string? ParameterSize { get; init; }

    /// <summary>The tensor type with the most elements; null where the file has no tensors.</summary>
    [JsonPropertyName("quantization_level"), JsonIgnore(Condition = JsonIgnoreCondition.Never)]
    public string? QuantizationLevel { get; init; }
}
