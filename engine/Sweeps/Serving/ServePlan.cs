using System.Net;
using MemoryWall.Core.Plan;
using MemoryWall.Targets.Http;

namespace MemoryWall.Sweeps.Serving;

/// <summary>How the embedded server serves a model to other programs.</summary>
internal sealed record ServePlan
{
    /// <summary>The model: a GGUF file, a preset or a shape.</summary>
    public required string Model { get; init; }

    /// <summary>The name under which it is served; null for that of the file or preset.</summary>
    public string? Name { get; init; }

    /// <summary>The address on which the server listens.</summary>
    public IPAddress Host { get; init; } = IPAddress.Loopback;

    /// <summary>The port; 0 for any free one.</summary>
    public required int Port { get; init; }

    /// <summary>The key that every request must carry; null for none, which is possible on loopback only.</summary>
    public ApiKey? Key { get; init; }

    /// <summary>The context window, in tokens; null for 4,096, or the trained context where that is shorter.</summary>
    public int? WindowTokens { get; init; }

    /// <summary>How the model is loaded.</summary>
    public TargetOptions Options { get; init; } = new();

    /// <summary>The memory cap of the server; null for none.</summary>
    public CapPlan? Cap { get; init; }
}
