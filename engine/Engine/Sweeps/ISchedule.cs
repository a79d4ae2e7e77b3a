using MemoryWall.Facts;

namespace MemoryWall.Sweeps;

/// <summary>Says which step comes next.</summary>
internal interface ISchedule
{
    /// <summary>The next step; null where there is none.</summary>
    /// <param name="done">All trials of the run so far, those of before a resumption included.</param>
    PlannedTrial? Next(IReadOnlyList<Trial> done);
}
