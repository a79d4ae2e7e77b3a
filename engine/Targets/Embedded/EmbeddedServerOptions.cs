using System.Diagnostics;

namespace MemoryWall.Targets.Embedded;

/// <summary>How the embedded server is started.</summary>
internal sealed record EmbeddedServerOptions
{
    /// <summary>The GGUF file to serve.</summary>
    public required string ModelPath { get; init; }

    /// <summary>The name under which the model is served.</summary>
    public required string ModelName { get; init; }

    /// <summary>Receives every line that the server writes to its standard error, on a background thread; null discards them.</summary>
    public Action<string>? OnLogLine { get; init; }

    /// <summary>How long the server may take to start to listen. Default 2 minutes.</summary>
    public TimeSpan StartTimeout { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>Changes the environment or the command before the start; null changes nothing.</summary>
    public Action<ProcessStartInfo>? ConfigureStart { get; init; }
}
