namespace MemoryWall.Core.Telemetry;

/// <summary>The telemetry of a run: its columns and its rows in order of time. Missed rows are gaps, nothing is filled in.</summary>
public sealed record TelemetryTimeline
{
    /// <summary>What the columns are.</summary>
    public required TelemetrySchema Schema { get; init; }

    /// <summary>The rows, in order of time.</summary>
    public required IReadOnlyList<TelemetrySample> Samples { get; init; }

    /// <summary>What was wrong with the file and was read around; empty for telemetry that comes straight from the sampler.</summary>
    public IReadOnlyList<string> ReadWarnings { get; init; } = [];
}
