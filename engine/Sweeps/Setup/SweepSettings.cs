using MemoryWall.Core.Plan;
using MemoryWall.Targets.Http;

namespace MemoryWall.Sweeps.Setup;

/// <summary>Where a sweep is stored and how its target is reached. Nothing here changes what is measured.</summary>
internal sealed record SweepSettings
{
    /// <summary>The folder of the runs.</summary>
    public required string RunsDirectory { get; init; }

    /// <summary>The id of a new run; null for one that is made from the time. Nothing else may have it.</summary>
    public string? RunId { get; init; }

    /// <summary>Whether to run although a forecast of memory advises against it.</summary>
    public bool Force { get; init; }

    /// <summary>Whether the user allows what a stored plan reads and contacts, though another user began its run.</summary>
    public bool TrustsStoredPlan { get; init; }

    /// <summary>Key and transport for an external server.</summary>
    public ConnectionOptions Connection { get; init; } = new();

    /// <summary>Key and transport for the exporters of the plan. The target's key is never sent to them.</summary>
    public ConnectionOptions ExporterConnection { get; init; } = new();

    /// <summary>The GGUF file of an external server's model on this machine, for what the server does not report; null where there is
    /// none.</summary>
    public string? GgufPath { get; init; }

    /// <summary>The process of an external server on this machine, watched with its children; null to find it by the target's
    /// port.</summary>
    public int? ServerProcessId { get; init; }

    /// <summary>Time between two telemetry samples; null for no telemetry, and then the machine's ceilings are not measured either. Default
    /// 100 ms.</summary>
    public TimeSpan? TelemetryInterval { get; init; } = TimeSpan.FromMilliseconds(100);

    /// <summary>This sweep's place among several that run step by step in turn; null for a sweep alone. Its embedded server is stopped
    /// while others run.</summary>
    public RoundRobinScheduler.Participant? RoundRobin { get; init; }

    /// <summary>The run's name in the user's words; null for none.</summary>
    public string? Label { get; init; }

    /// <summary>The user's note about the run; null for none.</summary>
    public string? Note { get; init; }

    /// <summary>The comparison that the run belongs to; null for none.</summary>
    public ComparisonPlan? Comparison { get; init; }

    /// <summary>The source of the clock's time; null for the system.</summary>
    public TimeProvider? TimeProvider { get; init; }
}
