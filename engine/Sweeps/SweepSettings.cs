using MemoryWall.Targets.Http;

namespace MemoryWall.Sweeps;

/// <summary>Where a sweep is stored and how its target may be reached; nothing here changes what is measured.</summary>
internal sealed record SweepSettings
{
    /// <summary>The folder that holds the runs.</summary>
    public required string RunsDirectory { get; init; }

    /// <summary>Whether findings that are forecasts only (memory) are overruled.</summary>
    public bool Force { get; init; }

    /// <summary>Key and transport for a foreign target.</summary>
    public ConnectionOptions Connection { get; init; } = new();

    /// <summary>The GGUF file of a foreign target's model on this machine, for what the server does not tell; null where there is
    /// none.</summary>
    public string? GgufPath { get; init; }

    /// <summary>The process of a foreign server on this machine, watched with its children; null to look for it by the target's
    /// port.</summary>
    public int? ServerProcessId { get; init; }

    /// <summary>Time between two readings of the machine; null for none, and then the machine's ceilings are not measured either. Default
    /// 100 ms.</summary>
    public TimeSpan? TelemetryInterval { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>The place of this sweep among others that take turns with it; null for a sweep on its own. Its target of ours rests while
    /// others run.</summary>
    public RoundRobinScheduler.Participant? RoundRobin { get; init; }

    /// <summary>Where the clock's time comes from; null for the system.</summary>
    public TimeProvider? TimeProvider { get; init; }
}
