namespace MemoryWall.Experiments;

/// <summary>An experiment that was begun: its cells in the order of their execution. Stored once, and never changed.</summary>
internal sealed record ExperimentPlan
{
    /// <summary>The version of this record.</summary>
    public const int CurrentSchema = 1;

    /// <summary>The version that wrote it.</summary>
    public int SchemaVersion { get; init; } = CurrentSchema;

    /// <summary>The id with which the ids of its runs begin.</summary>
    public required string Id { get; init; }

    /// <summary>The experiment's name.</summary>
    public required string Name { get; init; }

    /// <summary>When it was begun.</summary>
    public required DateTimeOffset CreatedUtc { get; init; }

    /// <summary>The seed of the order; absent where the order is that of the axes.</summary>
    public int? Seed { get; init; }

    /// <summary>How cells are executed.</summary>
    public required CellSettings Settings { get; init; }

    /// <summary>The cells.</summary>
    public required IReadOnlyList<ExperimentCell> Cells { get; init; }

    /// <summary>Cells that do not fit where the experiment was begun.</summary>
    public IReadOnlyList<LeftOutCell> LeftOut { get; init; } = [];

    /// <summary>The id of a cell's run.</summary>
    public string GetRunId(ExperimentCell cell) => FormattableString.Invariant($"{Id}-{cell.Number:000}");
}
