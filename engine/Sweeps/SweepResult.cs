using MemoryWall.Core.Trials;
using MemoryWall.Sweeps.Preflight;

namespace MemoryWall.Sweeps;

/// <summary>How a sweep ended.</summary>
internal enum SweepEnding
{
    /// <summary>Every trial of the plan completed.</summary>
    Completed,

    /// <summary>The plan ran to its end; at least one trial did not complete.</summary>
    SomeTrialsFailed,

    /// <summary>Preflight found that the plan cannot run; nothing was measured.</summary>
    PreflightFailed,

    /// <summary>Stopped by the user; what was measured is stored.</summary>
    Cancelled,

    /// <summary>The run could not be stored to its end; what was stored before is readable.</summary>
    StoreFailed,
}

/// <summary>The result of a sweep.</summary>
/// <param name="Ending">How it ended.</param>
/// <param name="RunId">The run; null where none began.</param>
/// <param name="Directory">The run's folder; null where none began.</param>
/// <param name="Findings">The findings of preflight.</param>
/// <param name="Problem">Why it could not be stored; null unless <see cref="SweepEnding.StoreFailed"/>.</param>
internal sealed record SweepResult(SweepEnding Ending, string? RunId, string? Directory, IReadOnlyList<PreflightFinding> Findings,
    string? Problem = null)
{
    internal static SweepResult FromFailedPreflight(IReadOnlyList<PreflightFinding> findings) =>
        new(SweepEnding.PreflightFailed, null, null, findings);

    /// <summary>The ending that follows from the trials.</summary>
    internal static SweepEnding DetermineEnding(IEnumerable<Trial> trials, bool cancelled) =>
        cancelled ? SweepEnding.Cancelled
        : trials.All(trial => trial.Outcome.IsCompleted) ? SweepEnding.Completed
        : SweepEnding.SomeTrialsFailed;
}
