namespace MemoryWall.Analysis.Rules;

/// <summary>
/// When a context is beyond the memory wall. A wall needs evidence of memory: that it ran out, that the server refused for lack of it, that
/// the server's pages were moved, or that a part of the model is not on the accelerator. A slowdown alone is none: other programs on the
/// machine slowed whole trials by 1.5 to 3 times, and six of seven searches on a server with 20 GiB free once ended at such a trial.
/// </summary>
internal sealed record WallRules
{
    /// <summary>
    /// Trials at a context and beyond it that must show evidence which other programs can cause. Default 2: without a limit of its own,
    /// any program that needs memory moves the server's pages, and that can happen once at any context. Evidence that others cannot cause
    /// (kills and reclaim under the run's own limit, a refusal, a part that is not on the accelerator) counts from a single trial.
    /// </summary>
    public int MinTrialsOfSharedEvidence { get; init; } = 2;

    /// <summary>
    /// Trials of them that must have had no interference. Default 1: other work takes memory as well as time, so disturbed trials alone
    /// never make a wall.
    /// </summary>
    public int MinUndisturbedTrials { get; init; } = 1;

    /// <summary>How often a search tries a context whose trials disagree, or that is slow without evidence of memory. Default 3: two of
    /// three decide.</summary>
    public int MaxTries { get; init; } = 3;
}
