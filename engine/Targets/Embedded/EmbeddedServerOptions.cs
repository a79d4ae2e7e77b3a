using System.Diagnostics;
using System.Net;
using MemoryWall.Core.Plan;
using MemoryWall.Targets.Http;

namespace MemoryWall.Targets.Embedded;

/// <summary>How the embedded server is started.</summary>
internal sealed record EmbeddedServerOptions
{
    /// <summary>The GGUF file to serve.</summary>
    public required string ModelPath { get; init; }

    /// <summary>The name under which the model is served.</summary>
    public required string ModelName { get; init; }

    /// <summary>How it serves other clients; null to serve only this process.</summary>
    public EmbeddedServing? Serving { get; init; }

    /// <summary>Receives every line that the server writes to its standard error, on a background thread; null discards them.</summary>
    public Action<string>? OnLogLine { get; init; }

    /// <summary>How long the server may take to start to listen. Default 2 minutes.</summary>
    public TimeSpan StartTimeout { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>Changes the environment or the command before the start; null changes nothing.</summary>
    public Action<ProcessStartInfo>? ConfigureStart { get; init; }
}

/// <summary>How the embedded server serves other clients than this process: they choose how tokens are sampled, and nothing else.</summary>
/// <param name="Host">The address on which it listens.</param>
/// <param name="Port">The port; 0 for any free one.</param>
/// <param name="Key">The key that every request must carry; null for none, which is possible on loopback only.</param>
/// <param name="WindowTokens">The context window; null for the server's default.</param>
/// <param name="Options">How the model is loaded.</param>
internal sealed record EmbeddedServing(IPAddress Host, int Port, ApiKey? Key, int? WindowTokens, TargetOptions Options);
