using MemoryWall.Notebooks.Inputs;

namespace MemoryWall.Notebooks;

/// <summary>Options of a sweep that few cells need.</summary>
public sealed record NotebookSweepOptions
{
    /// <summary>The element type of the KV cache, for example <c>q8_0</c>; null for the target's default.</summary>
    public string? KvType { get; init; }

    /// <summary><c>on</c>, <c>off</c> or <c>auto</c>; null for the target's default.</summary>
    public string? FlashAttention { get; init; }

    /// <summary>How prompts are sent: <c>text</c>, which the server tokenizes, or <c>ids</c>; null for text where the server makes exactly
    /// the same tokens of it, else ids.</summary>
    public string? PromptAs { get; init; }

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
