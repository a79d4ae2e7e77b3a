using MemoryWall.Core.Plan;

namespace MemoryWall.Targets.Http;

/// <summary>A model at a server, and the settings to run it with.</summary>
internal sealed record TargetSetup
{
    /// <summary>The server's address: scheme, host, port and, behind a gateway, the path before the protocol's own paths.</summary>
    public required Uri Endpoint { get; init; }

    /// <summary>The model's name at the server; empty where the server has only one model.</summary>
    public required string Model { get; init; }

    /// <summary>Key and transport.</summary>
    public ConnectionOptions Connection { get; init; } = new();

    /// <summary>Settings of the target.</summary>
    public TargetOptions Options { get; init; } = new();

    /// <summary>How long a load may take; each inference request has its own limits.</summary>
    public PhaseLimits Limits { get; init; } = new();

    /// <summary>Told what the first probe waits for where the server loads its model; null where it does not wait, and says that the
    /// server is not ready.</summary>
    public Action<string>? Waiting { get; init; }

    /// <summary>The model's GGUF file on this machine, for the shape and the vocabulary that a server does not report; absent where
    /// there is none.</summary>
    public string? GgufPath { get; init; }
}
