using MemoryWall.Core.Telemetry;
using MemoryWall.Core.Trials;

namespace MemoryWall.Core;

/// <summary>A stored run as it was read.</summary>
public sealed record Run
{
    /// <summary>What was measured, where and against which target.</summary>
    public required RunManifest Manifest { get; init; }

    /// <summary>Its trials in the order in which they ran, warm-ups and failures included.</summary>
    public required IReadOnlyList<Trial> Trials { get; init; }

    /// <summary>Its events.</summary>
    internal IReadOnlyList<RunEvent> Events { get; init; } = [];

    /// <summary>The stamped chunks of each trial's stream, by trial number.</summary>
    internal IReadOnlyDictionary<int, IReadOnlyList<StreamMark>> Marks { get; init; } = new Dictionary<int, IReadOnlyList<StreamMark>>();

    /// <summary>The machine's telemetry, one timeline for each time that the run was started or resumed; empty where none was
    /// recorded.</summary>
    internal IReadOnlyList<TelemetryTimeline> Telemetry { get; init; } = [];

    /// <summary>Whether it is a sample that comes with the project, and not a measurement of the user. It follows from the run's
    /// folder.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public bool IsSample { get; init; }

    /// <summary>Problems in the files that the reader skipped: torn lines, unknown columns, a newer schema.</summary>
    public IReadOnlyList<string> ReadWarnings { get; init; } = [];
}
