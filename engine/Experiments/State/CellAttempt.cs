namespace MemoryWall.Experiments.State;

/// <summary>How an attempt to measure a cell ended.</summary>
internal enum AttemptOutcome
{
    /// <summary>Every trial completed.</summary>
    Completed,

    /// <summary>The cell was measured to its end; at least one trial did not complete, which is a result.</summary>
    SomeTrialsFailed,

    /// <summary>Another attempt's result was there first; this one is not counted.</summary>
    AlreadyMeasured,

    /// <summary>Preflight found that the cell cannot be measured there.</summary>
    CannotRun,

    /// <summary>It was stopped: by Ctrl-C, or by a signal such as that of <c>scancel</c>.</summary>
    Cancelled,

    /// <summary>It took longer than the limit of a cell, or than its job's.</summary>
    TimedOut,

    /// <summary>Its run could not be stored, as on a full disk.</summary>
    StoreFailed,

    /// <summary>The node that measured it failed.</summary>
    NodeFailed,

    /// <summary>A job of a higher priority took its node.</summary>
    Preempted,

    /// <summary>The system killed the job for lack of memory.</summary>
    OutOfMemory,

    /// <summary>The program or the job failed otherwise.</summary>
    Failed,

    /// <summary>Slurm no longer knows the job, and it left nothing.</summary>
    Lost,
}

/// <summary>The beginning of an attempt, written by the process that measures.</summary>
internal sealed record AttemptStart
{
    /// <summary>The cell's number.</summary>
    public required int Cell { get; init; }

    /// <summary>The round that the attempt belongs to, from 1.</summary>
    public required int Round { get; init; }

    /// <summary>The machine.</summary>
    public required string Host { get; init; }

    /// <summary>When it began.</summary>
    public required DateTimeOffset StartedUtc { get; init; }
}

/// <summary>The end of an attempt.</summary>
internal sealed record AttemptEnd
{
    /// <summary>The cell's number.</summary>
    public required int Cell { get; init; }

    /// <summary>The round that the attempt belongs to, from 1.</summary>
    public required int Round { get; init; }

    /// <summary>How it ended.</summary>
    public required AttemptOutcome Outcome { get; init; }

    /// <summary>The outcome in a sentence; absent where there is nothing to add.</summary>
    public string? Message { get; init; }

    /// <summary>The machine; absent where it is not known.</summary>
    public string? Host { get; init; }

    /// <summary>How long it took, in seconds; absent where it is not known.</summary>
    public double? Seconds { get; init; }

    /// <summary>Whether what the attempt measured is the cell's result.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public bool IsResult => Outcome is AttemptOutcome.Completed or AttemptOutcome.SomeTrialsFailed;
}

/// <summary>One start of cells: by a process of this machine, or as jobs of a scheduler.</summary>
internal sealed record ExperimentRound
{
    /// <summary>Its number, from 1.</summary>
    public required int Number { get; init; }

    /// <summary>When it began.</summary>
    public required DateTimeOffset StartedUtc { get; init; }

    /// <summary>The jobs; empty for a process of this machine.</summary>
    public IReadOnlyList<SubmittedJob> Jobs { get; init; } = [];

    /// <summary>The folder of the lake that each task adds its run to; absent for a process of this machine.</summary>
    public string? Lake { get; init; }
}

/// <summary>A job array: its tasks are cells.</summary>
internal sealed record SubmittedJob
{
    /// <summary>The scheduler's id.</summary>
    public required string Id { get; init; }

    /// <summary>A task's index is the number of its cell less this.</summary>
    public required int Offset { get; init; }

    /// <summary>The numbers of the cells.</summary>
    public required IReadOnlyList<int> Cells { get; init; }
}
