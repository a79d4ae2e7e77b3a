using System.Text.Json.Serialization;

namespace MemoryWall.Protocol;

/// <summary>The body of <c>POST /api/show</c>.</summary>
internal sealed record ShowBody
{
    /// <summary>The model's name; required, unless <see cref="Name"/> has it.</summary>
    [JsonPropertyName("model")]
    public string? Model { get; init; }

    /// <summary>The model's name, as older clients send it; ignored where <see cref="Model"/> is present.</summary>
    [JsonPropertyName("name")]
    public string? Name { get; init; }

    /// <summary>Whether the response contains the vocabulary and the tensors. Default false.</summary>
    [JsonPropertyName("verbose")]
    public bool? Verbose { get; init; }
}

/// <summary>The response of <c>/api/show</c>: the model's metadata and tensors.</summary>
internal sealed record ShowResponse
{
    /// <summary>The kind of model.</summary>
    [JsonPropertyName("details")]
    public ModelDetails? Details { get; init; }

    /// <summary>The metadata of the GGUF file, by key; arrays are null unless the request is verbose.</summary>
    [JsonPropertyName("model_info")]
    public IReadOnlyDictionary<string, object?>? Metadata { get; init; }

    /// <summary>What the model can do, in Ollama's terms; always <c>completion</c>.</summary>
    [JsonPropertyName("capabilities")]
    public IReadOnlyList<string>? Capabilities { get; init; }

    /// <summary>The tensors; absent unless the request is verbose.</summary>
    [JsonPropertyName("tensors")]
    public IReadOnlyList<TensorEntry>? Tensors { get; init; }
}

/// <summary>A tensor of the model's file.</summary>
internal sealed record TensorEntry
{
    /// <summary>The tensor's name in the file.</summary>
    [JsonPropertyName("name")]
    public string? Name { get; init; }

    /// <summary>The GGML type, such as <c>Q4_K</c>.</summary>
    [JsonPropertyName("type")]
    public string? Type { get; init; }

    /// <summary>The dimensions, in elements, in the order of the GGUF file.</summary>
    [JsonPropertyName("shape")]
    public IReadOnlyList<long>? Shape { get; init; }
}
