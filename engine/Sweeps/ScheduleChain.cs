using MemoryWall.Core.Trials;

namespace MemoryWall.Sweeps;

/// <summary>One schedule after the other. A later one may give an earlier one new reason to go on, so the first that has a step is asked
/// each time.</summary>
internal sealed class ScheduleChain(IReadOnlyList<ISchedule> schedules) : ISchedule
{
    public IReadOnlyList<SweepStep> PlannedSteps => [.. schedules.SelectMany(schedule => schedule.PlannedSteps)];

    public SweepStep? Next(IReadOnlyList<Trial> done) =>
        schedules.Select(schedule => schedule.Next(done)).FirstOrDefault(step => step is not null);
}
