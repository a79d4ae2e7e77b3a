using MemoryWall.Core.Plan;

namespace MemoryWall.Experiments;

/// <summary>What an experiment's file says.</summary>
internal sealed record ExperimentDefinition
{
    /// <summary>The file, as it was named.</summary>
    public required string File { get; init; }

    /// <summary>The experiment's name, fit for a folder.</summary>
    public required string Name { get; init; }

    /// <summary>The axes that the file has, in a fixed order.</summary>
    public required IReadOnlyList<ExperimentAxis> Axes { get; init; }

    /// <summary>Combinations that are left out.</summary>
    public IReadOnlyList<ExperimentExclusion> Exclusions { get; init; } = [];

    /// <summary>How often each cell is measured, 1 or more.</summary>
    public int Repetitions { get; init; } = 1;

    /// <summary>Whether the cells of each block are shuffled.</summary>
    public bool IsShuffled { get; init; } = true;

    /// <summary>The seed of the order.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>What all cells have in common; its target and its contexts are those of a cell.</summary>
    public required SweepPlan Shared { get; init; }

    /// <summary>The storage tier of managed systems, or of all cells where there is no axis of systems; absent for none.</summary>
    public TierPlan? Tier { get; init; }

    /// <summary>What does not change what is measured.</summary>
    public CellSettings Settings { get; init; } = new();
}

/// <summary>How cells are executed.</summary>
internal sealed record CellSettings
{
    /// <summary>The time that a cell may take; absent for no limit.</summary>
    public TimeSpan? Limit { get; init; }

    /// <summary>The least memory of a machine for a cell, in bytes, beside the forecast; absent for the forecast alone.</summary>
    public long? MemoryBytes { get; init; }

    /// <summary>GPUs that a cell needs.</summary>
    public int Gpus { get; init; }

    /// <summary>Time between two telemetry samples; absent for no telemetry.</summary>
    public TimeSpan? TelemetryInterval { get; init; } = TimeSpan.FromMilliseconds(100);
}

/// <summary>An axis of an experiment.</summary>
/// <param name="Name">Its name: <see cref="CellAxes"/>.</param>
/// <param name="Values">Its values, each once.</param>
internal sealed record ExperimentAxis(string Name, IReadOnlyList<AxisValue> Values);

/// <summary>A value of an axis.</summary>
/// <param name="Text">The value as it was written.</param>
/// <param name="Line">The line that it is written on, from 1.</param>
internal sealed record AxisValue(string Text, int Line);

/// <summary>Combinations that are left out: those that have, for each axis named here, one of its values.</summary>
/// <param name="Values">For each axis its values.</param>
internal sealed record ExperimentExclusion(IReadOnlyDictionary<string, IReadOnlySet<string>> Values);
