using MemoryWall.Facts;

namespace MemoryWall.Sweeps;

/// <summary>Steps that are known beforehand, each once.</summary>
internal sealed class FixedSchedule(IReadOnlyList<PlannedTrial> steps) : ISchedule
{
    private int _next;

    public PlannedTrial? Next(IReadOnlyList<Trial> done) => _next < steps.Count ? steps[_next++] : null;
}
