using MemoryWall.Notebooks.Inputs;

namespace MemoryWall.Notebooks;

/// <summary>Options of a search for the memory wall that few cells need.</summary>
public sealed record NotebookWallOptions
{
    /// <summary>Swap of the capped server: <c>allowed</c>, <c>off</c> or a size such as <c>1G</c>. Default: what the machine has.</summary>
    public string Swap { get; init; } = "allowed";

    /// <summary>A folder for the managed storage tier, with a budget of memory where one follows: <c>/mnt/nvme,2G</c>; null for no
    /// tier.</summary>
    public string? Tier { get; init; }

    /// <summary>The first context; from there contexts double until they no longer fit in memory.</summary>
    public string From { get; init; } = "2k";

    /// <summary>The largest context to try; null for what the model supports.</summary>
    public string? To { get; init; }

    /// <summary>The search ends when the wall is known to this share of the context, in percent, above 0 and below 100; never below 256
    /// tokens.</summary>
    public double TolerancePercent { get; init; } = 2;

    /// <summary>Output tokens of each trial, 2 or more.</summary>
    public int OutputTokens { get; init; } = 16;

    /// <summary><c>computed</c> or <c>synthetic</c>; null for synthetic depth on the embedded server and computed prompts on
    /// others.</summary>
    public string? Prefill { get; init; }

    /// <summary>The element type of the KV cache, for example <c>q8_0</c>; null for the target's default.</summary>
    public string? KvType { get; init; }

    /// <summary>The folder of the runs; null for <c>data/runs</c>.</summary>
    public string? RunsFolder { get; init; }

    /// <summary>A name for the run, at most 80 characters; null for none. A run with another name is not taken from disk.</summary>
    public string? Label { get; init; }

    /// <summary>A note that is stored with the run, at most 2,000 characters; null for none.</summary>
    public string? Note { get; init; }

    /// <summary>Whether to measure although a run of the same plan from the last 24 hours is on disk. Default: that run is used, and
    /// finished first where it was interrupted.</summary>
    public bool MeasureAgain { get; init; }

    internal CellRequest Request => new(RunsFolder, Label, Note, MeasureAgain);
}

/// <summary>Options of a comparison of systems that few cells need.</summary>
public sealed record NotebookCompareOptions
{
    /// <summary>Swap of the capped servers: <c>allowed</c>, <c>off</c> or a size such as <c>1G</c>. Default: what the machine has. Systems
    /// whose name says so have none.</summary>
    public string Swap { get; init; } = "allowed";

    /// <summary>A folder for the storage tier of managed systems, with a budget of memory where one follows: <c>/mnt/nvme,2G</c>; null for
    /// a folder beside the runs.</summary>
    public string? Tier { get; init; }

    /// <summary>Trials at each context and system; a difference needs 5 or more.</summary>
    public int Repetitions { get; init; } = 1;

    /// <summary>Output tokens of each trial, 2 or more.</summary>
    public int OutputTokens { get; init; } = 16;

    /// <summary><c>computed</c> or <c>synthetic</c>; null for synthetic depth on the embedded server and computed prompts on
    /// others.</summary>
    public string? Prefill { get; init; }

    /// <summary>The folder of the runs; null for <c>data/runs</c>.</summary>
    public string? RunsFolder { get; init; }

    /// <summary>A name for the run, at most 80 characters; null for none. A run with another name is not taken from disk.</summary>
    public string? Label { get; init; }

    /// <summary>A note that is stored with the run, at most 2,000 characters; null for none.</summary>
    public string? Note { get; init; }

    /// <summary>Whether to measure although runs of the same plans from the last 24 hours are on disk. Default: those are used, and
    /// finished first where they were interrupted.</summary>
    public bool MeasureAgain { get; init; }

    internal CellRequest Request => new(RunsFolder, Label, Note, MeasureAgain);
}

/// <summary>Options of a growing conversation that few cells need.</summary>
public sealed record NotebookSessionOptions
{
    /// <summary>Whether each turn is computed, saved and then loaded from storage, instead of growing in the KV cache of one
    /// server.</summary>
    public bool FromStorage { get; init; }

    /// <summary>A limit on the embedded server's memory: <c>700MiB</c>, or <c>50%</c> of RAM; null for none.</summary>
    public string? Cap { get; init; }

    /// <summary>Swap of a capped server: <c>allowed</c>, <c>off</c> or a size such as <c>1G</c>. Default: what the machine has.</summary>
    public string Swap { get; init; } = "allowed";

    /// <summary>A folder for the managed storage tier, with a budget of memory where one follows: <c>/mnt/nvme,2G</c>; null for no
    /// tier.</summary>
    public string? Tier { get; init; }

    /// <summary>Conversations, one after the other.</summary>
    public int Repetitions { get; init; } = 1;

    /// <summary>The element type of the KV cache, for example <c>q8_0</c>; null for the target's default.</summary>
    public string? KvType { get; init; }

    /// <summary>The folder of the runs; null for <c>data/runs</c>.</summary>
    public string? RunsFolder { get; init; }

    /// <summary>A name for the run, at most 80 characters; null for none. A run with another name is not taken from disk.</summary>
    public string? Label { get; init; }

    /// <summary>A note that is stored with the run, at most 2,000 characters; null for none.</summary>
    public string? Note { get; init; }

    /// <summary>Whether to measure although a run of the same plan from the last 24 hours is on disk. Default: that run is used, and
    /// finished first where it was interrupted.</summary>
    public bool MeasureAgain { get; init; }

    internal CellRequest Request => new(RunsFolder, Label, Note, MeasureAgain);
}
