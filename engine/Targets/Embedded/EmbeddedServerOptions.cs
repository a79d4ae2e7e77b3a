using System.Diagnostics;

namespace MemoryWall.Targets.Embedded;

/// <summary>How the embedded server is started.</summary>
internal sealed record EmbeddedServerOptions
{
    /// <summary>The GGUF file to serve.</summary>
    public required string ModelPath { get; init; }

    /// <summary>The name under which the model is served.</summary>
    public required string ModelName { get; init; }

    /// <summary>Gets every line that the server writes to its standard error, on a thread of its own; null to drop them.</summary>
    public Action<string>? OnLogLine { get; init; }

    /// <summary>How long the server may take until it listens. Default 2 minutes.</summary>
    public TimeSpan StartTimeout { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>Changes the start before it happens (environment, wrapper); null for none.</summary>
    public Action<ProcessStartInfo>? ConfigureStart { get; init; }
}
