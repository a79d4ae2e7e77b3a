using MemoryWall.Core.Trials;

namespace MemoryWall.Analysis.Review;

/// <summary>Which trials count as failures of a system.</summary>
internal static class TrialFailure
{
    /// <summary>Whether the system failed: the trial did not complete, and it was not the user who stopped it.</summary>
    public static bool IsFailure(this Trial trial) => trial.Outcome is not (Completed or Cancelled);
}
