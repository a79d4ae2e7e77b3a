using System.Text.Json.Serialization;
using OllamaSharp.Models;

namespace MemoryWall.Targets.Ollama;

/// <summary>OllamaSharp's request with the field that it lacks.</summary>
internal sealed class OllamaGenerateRequest : GenerateRequest
{
    /// <summary>False to refuse a prompt that does not fit the window; Ollama cuts it silently otherwise.</summary>
    [JsonPropertyName("truncate"), JsonPropertyOrder(1)]
    public bool? Truncate { get; init; }
}
