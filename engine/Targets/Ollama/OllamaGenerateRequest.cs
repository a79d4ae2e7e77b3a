using System.Text.Json.Serialization;
using OllamaSharp.Models;

namespace MemoryWall.Targets.Ollama;

/// <summary>OllamaSharp's request with the field <c>truncate</c>, which it lacks.</summary>
internal sealed class OllamaGenerateRequest : GenerateRequest
{
    /// <summary>False refuses a prompt that does not fit in the window; otherwise Ollama cuts it silently.</summary>
    [JsonPropertyName("truncate"), JsonPropertyOrder(1)]
    public bool? Truncate { get; init; }
}
