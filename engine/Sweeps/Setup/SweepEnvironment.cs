using MemoryWall.Core.Time;

namespace MemoryWall.Sweeps.Setup;

/// <summary>What a sweep runs in, from its preflight to its end.</summary>
internal sealed record SweepEnvironment
{
    /// <summary>Where the sweep is stored and how its target is reached.</summary>
    public required SweepSettings Settings { get; init; }

    /// <summary>The run's clock.</summary>
    public required RunClock Clock { get; init; }

    /// <summary>Follows the sweep.</summary>
    public required ISweepObserver Observer { get; init; }

    /// <summary>Receives the log lines of an embedded server, from its first line.</summary>
    public required Action<string> OnServerLogLine { get; init; }
}
