using MemoryWall.Experiments.Cells;
using MemoryWall.Experiments.State;

namespace MemoryWall.Experiments.Execution;

/// <summary>How long the rest of an experiment takes on this machine, from the cells that it has measured and the runs before
/// them.</summary>
/// <param name="times">What runs took.</param>
/// <param name="forecast">Reads the shapes of models.</param>
internal sealed class ExperimentEta(CellTimes times, CellForecast forecast)
{
    /// <summary>Learns from a cell that ended.</summary>
    public void Add(ExperimentCell cell, AttemptEnd end)
    {
        if (end is { Outcome: AttemptOutcome.Completed, Seconds: { } seconds })
            times.Add(cell.Plan, GetParameters(cell), seconds);
    }

    /// <summary>The time of a cell in seconds; null where nothing like it was measured.</summary>
    public double? Estimate(ExperimentCell cell) => times.Estimate(cell.Plan, GetParameters(cell));

    /// <summary>The time of cells in seconds; null where one cannot be estimated.</summary>
    public double? Estimate(IEnumerable<ExperimentCell> cells)
    {
        var all = cells.Select(Estimate).ToList();
        return all.TrueForAll(seconds => seconds is not null) ? all.Sum() : null;
    }

    private long? GetParameters(ExperimentCell cell) => forecast.FindShape(cell.Plan.Target)?.ParameterCount;
}
