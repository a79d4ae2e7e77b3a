using MemoryWall.Core.Plan;
using MemoryWall.Sweeps.Sessions;

namespace MemoryWall.Sweeps.Conversations;

/// <summary>What the requests of a level share.</summary>
internal sealed record LevelContext
{
    /// <summary>What the conversations are like.</summary>
    public required SessionPlan Sessions { get; init; }

    /// <summary>Users of the level.</summary>
    public required int Users { get; init; }

    /// <summary>The repetition, from 1.</summary>
    public required int Repetition { get; init; }

    /// <summary>The window of the load, the same at every level.</summary>
    public required int WindowTokens { get; init; }

    /// <summary>The number of the level's first trial.</summary>
    public required int FirstNumber { get; init; }

    /// <summary>Whether the target was restarted unexpectedly before the level.</summary>
    public bool AfterRestart { get; init; }

    /// <summary>Restarts a target that has ended.</summary>
    public required Func<CancellationToken, Task<RestartResult?>> Restart { get; init; }
}
