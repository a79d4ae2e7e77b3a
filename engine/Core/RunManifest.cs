using MemoryWall.Core.Facts;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Telemetry;

namespace MemoryWall.Core;

/// <summary>What a run was and what it ran on; written before its first trial and never edited.</summary>
public sealed record RunManifest
{
    /// <summary>The schema that this engine writes.</summary>
    public const int CurrentSchema = 1;

    /// <summary>The schema's version. Readers accept older ones.</summary>
    public int SchemaVersion { get; init; } = CurrentSchema;

    /// <summary>The run's id: UTC time and a random part, for example <c>20260131-142530-7f3a91c2</c>.</summary>
    public required string RunId { get; init; }

    /// <summary>Wall time (UTC) at the origin of the run's clock.</summary>
    public required DateTimeOffset StartedUtc { get; init; }

    /// <summary>What was asked.</summary>
    public required SweepPlan Plan { get; init; }

    /// <summary>Where it ran.</summary>
    public required MachineFacts Machine { get; init; }

    /// <summary>What it ran against.</summary>
    public required TargetFacts Target { get; init; }

    /// <summary>This engine's version and, where known, its commit.</summary>
    public required string EngineVersion { get; init; }

    /// <summary>Versions of packages and libraries, by name.</summary>
    public IReadOnlyDictionary<string, string> Versions { get; init; } = new Dictionary<string, string>();

    /// <summary>Findings of preflight that did not stop the run.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>The columns of the run's telemetry and the sources that were absent, with reasons; absent where none was
    /// recorded.</summary>
    public TelemetrySchema? Telemetry { get; init; }

    /// <summary>What this machine's processors can do at most, measured before the first trial; absent where it was not measured.</summary>
    public MachineCeilings? Ceilings { get; init; }
}
