using MemoryWall.Core.Plan;

namespace MemoryWall.Experiments;

/// <summary>A cell of an experiment: one combination of values, measured as one run.</summary>
internal sealed record ExperimentCell
{
    /// <summary>Its number in the order of execution, from 1; 0 for a cell that is left out.</summary>
    public required int Number { get; init; }

    /// <summary>Its block, from 1.</summary>
    public required int Repetition { get; init; }

    /// <summary>Its value on each axis of the experiment.</summary>
    public required IReadOnlyList<CellValue> Values { get; init; }

    /// <summary>What it measures.</summary>
    public required SweepPlan Plan { get; init; }

    /// <summary>The memory that it is forecast to need, in bytes; absent where it cannot be forecast, as for a server elsewhere.</summary>
    public long? ForecastBytes { get; init; }
}

/// <summary>A cell's value on an axis.</summary>
internal sealed record CellValue(string Axis, string Text);

/// <summary>A cell that is not measured, and why.</summary>
internal sealed record LeftOutCell(ExperimentCell Cell, string Reason);
