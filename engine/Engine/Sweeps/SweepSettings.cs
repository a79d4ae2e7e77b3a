namespace MemoryWall.Sweeps;

/// <summary>Where a sweep is stored and how its target may be reached; nothing here changes what is measured.</summary>
public sealed record SweepSettings
{
    /// <summary>The folder that holds the runs.</summary>
    public required string RunsDirectory { get; init; }

    /// <summary>Whether findings that are forecasts only (memory) are overruled.</summary>
    public bool Force { get; init; }

    /// <summary>Where the clock's time comes from; null for the system.</summary>
    public TimeProvider? Time { get; init; }
}
