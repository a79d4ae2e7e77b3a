namespace MemoryWall.Notebooks;

/// <summary>Options of a sweep that few cells need.</summary>
public sealed record NotebookSweepOptions
{
    /// <summary>The element type of the KV cache, for example <c>q8_0</c>; null for the target's default.</summary>
    public string? KvType { get; init; }

    /// <summary><c>on</c>, <c>off</c> or <c>auto</c>; null for the target's default.</summary>
    public string? FlashAttention { get; init; }

    /// <summary>The folder of the runs; null for <c>data/runs</c>.</summary>
    public string? RunsFolder { get; init; }
}
