using System.Text.Json.Serialization;

namespace MemoryWall.Protocol;

/// <summary>The one line that the server writes to standard output when it starts: its port, or why it does not listen.</summary>
internal sealed record Handshake
{
    /// <summary>The port on loopback; absent where the server does not listen.</summary>
    [JsonPropertyName("port")]
    public int? Port { get; init; }

    /// <summary>The id of the server's process; absent where the server does not listen.</summary>
    [JsonPropertyName("pid")]
    public int? ProcessId { get; init; }

    /// <summary>The server's version; absent where the server does not listen.</summary>
    [JsonPropertyName("version")]
    public string? Version { get; init; }

    /// <summary>Why the server does not listen; absent where it does.</summary>
    [JsonPropertyName("error")]
    public string? Error { get; init; }
}
