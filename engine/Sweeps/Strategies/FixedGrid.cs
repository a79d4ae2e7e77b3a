using MemoryWall.Analysis.Reports;

namespace MemoryWall.Sweeps.Strategies;

/// <summary>A fixed list of steps, independent of their results.</summary>
internal sealed class FixedGrid(IReadOnlyList<SweepStep> steps) : ISweepStrategy
{
    private int _next;

    public IReadOnlyList<SweepStep> PlannedSteps => steps;

    public SweepStep? Next(RunReport soFar) => _next < steps.Count ? steps[_next++] : null;
}
