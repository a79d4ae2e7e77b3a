using System.Text.Json.Serialization;

namespace MemoryWall.Protocol;

/// <summary>The response of <c>/api/version</c>.</summary>
internal sealed record VersionResponse
{
    /// <summary>The server's version.</summary>
    [JsonPropertyName("version")]
    public string? Version { get; init; }

    /// <summary>The extensions of the embedded server; absent at an Ollama server.</summary>
    [JsonPropertyName(EmbeddedProtocol.ObjectName)]
    public ServerCapabilities? Capabilities { get; init; }
}

/// <summary>The extensions of the server beyond Ollama's protocol.</summary>
internal sealed record ServerCapabilities
{
    /// <summary>The version of the protocol (<see cref="EmbeddedProtocol.Version"/>).</summary>
    [JsonPropertyName("protocol")]
    public int? Protocol { get; init; }

    /// <summary>The names of the extensions for this model and system, such as <see cref="EmbeddedProtocol.TokenIds"/>.</summary>
    [JsonPropertyName("extensions")]
    public IReadOnlyList<string>? Extensions { get; init; }

    /// <summary>Builds, libraries and settings, by name, for the run's record.</summary>
    [JsonPropertyName("details")]
    public IReadOnlyDictionary<string, string>? Details { get; init; }
}
