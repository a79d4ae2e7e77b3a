using MemoryWall.Analysis.Reports;

namespace MemoryWall.Sweeps.Strategies;

/// <summary>Several strategies in order. The trials of a later one can give an earlier one a further step, so each time the first that has
/// a step is used.</summary>
internal sealed class StrategyChain(IReadOnlyList<ISweepStrategy> strategies) : ISweepStrategy
{
    public IReadOnlyList<SweepStep> PlannedSteps => [.. strategies.SelectMany(strategy => strategy.PlannedSteps)];

    public SweepStep? Next(RunReport soFar) =>
        strategies.Select(strategy => strategy.Next(soFar)).FirstOrDefault(step => step is not null);
}
