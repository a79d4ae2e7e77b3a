using MemoryWall.Core.Telemetry;
using MemoryWall.Core.Trials;

namespace MemoryWall.Core;

/// <summary>A stored run as read back.</summary>
public sealed record Run
{
    /// <summary>What it was.</summary>
    public required RunManifest Manifest { get; init; }

    /// <summary>Its trials in the order run, warm-ups and failures included.</summary>
    public required IReadOnlyList<Trial> Trials { get; init; }

    /// <summary>Its events.</summary>
    public IReadOnlyList<RunEvent> Events { get; init; } = [];

    /// <summary>Stream marks by trial number.</summary>
    public IReadOnlyDictionary<int, IReadOnlyList<StreamMark>> Marks { get; init; } = new Dictionary<int, IReadOnlyList<StreamMark>>();

    /// <summary>What the machine did, one timeline for each time that the run was started or resumed; none where nothing was
    /// watched.</summary>
    public IReadOnlyList<TelemetryTimeline> Telemetry { get; init; } = [];

    /// <summary>What was wrong with the files and was read around: torn lines, unknown columns, a newer schema.</summary>
    public IReadOnlyList<string> ReadWarnings { get; init; } = [];
}
