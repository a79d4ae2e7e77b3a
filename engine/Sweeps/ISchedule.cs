using MemoryWall.Core.Trials;

namespace MemoryWall.Sweeps;

/// <summary>Decides what is run next by what was run.</summary>
internal interface ISchedule
{
    /// <summary>The steps that are certain now, in order, for progress; what is decided later is not among them.</summary>
    IReadOnlyList<SweepStep> PlannedSteps { get; }

    /// <summary>The next step; null where there is none.</summary>
    /// <param name="done">All trials of the run, those from before it was resumed too.</param>
    SweepStep? Next(IReadOnlyList<Trial> done);
}

/// <summary>A list of steps, one after the other.</summary>
internal sealed class FixedSchedule(IReadOnlyList<SweepStep> steps) : ISchedule
{
    private int _next;

    public IReadOnlyList<SweepStep> PlannedSteps => steps;

    public SweepStep? Next(IReadOnlyList<Trial> done) => _next < steps.Count ? steps[_next++] : null;
}
