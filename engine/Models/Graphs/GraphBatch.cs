using MemoryWall.Core.Facts;

namespace MemoryWall.Models.Graphs;

/// <summary>How a graph takes vectors (of images) beside tokens. What it takes is reserved although only tokens come.</summary>
internal enum VectorInput
{
    /// <summary>A graph is built for the one or the other, as before 2026.</summary>
    None,

    /// <summary>A micro-batch has the one or the other, and the graph is for both.</summary>
    InPlaceOfTokens,

    /// <summary>A micro-batch can have both.</summary>
    AmongTokens,
}

/// <summary>What a graph is reserved for: the micro-batch, and the caches that it reads and writes.</summary>
internal sealed record GraphBatch
{
    /// <summary>Tokens computed at once, 1 or more.</summary>
    public required long Tokens { get; init; }

    /// <summary>Tokens whose logits are computed, 1 or more.</summary>
    public required long Outputs { get; init; }

    /// <summary>Sequences among the tokens, 1 or more.</summary>
    public required long Sequences { get; init; }

    /// <summary>Separate caches, 1 or more.</summary>
    public required long Streams { get; init; }

    /// <summary>Cells that one token's mask covers in a layer with this window; null for a layer that attends to all.</summary>
    public required Func<int?, long> Cells { get; init; }

    /// <summary>Cells of the window of a layer that compresses earlier tokens, for one sequence.</summary>
    public Func<CompressedAttentionLayer, long> OwnCells { get; init; } = _ => 0;

    /// <summary>Cells of its compressed tokens, for one sequence.</summary>
    public Func<CompressedAttentionLayer, long> CompressedCells { get; init; } = _ => 0;

    /// <summary>Bytes of a stored key of this many numbers.</summary>
    public Func<long, long> KeyBytes { get; init; } = numbers => 2 * numbers;

    /// <summary>Cells of one stream for the whole context.</summary>
    public long ContextCells { get; init; }

    /// <summary>Whether flash attention is used; without it all scores are in memory at once.</summary>
    public required bool FlashAttention { get; init; }

    /// <summary>Whether keys are stored quantised; they and the queries are then rotated before (<c>attn_rot_k</c>).</summary>
    public bool QuantizedKeys { get; init; }

    /// <summary>Whether values are stored quantised.</summary>
    public bool QuantizedValues { get; init; }

    /// <summary>Width of the values of the widest layer: without flash attention each number of a token is stored by an index.</summary>
    public long WidestValue { get; init; }

    /// <summary>How the graph takes vectors beside tokens; the inputs for them are in RAM.</summary>
    public VectorInput Vectors { get; init; } = VectorInput.InPlaceOfTokens;

    /// <summary>Whether it is the part of the graph that an accelerator computes.</summary>
    public bool IsOnAccelerator { get; init; }

    /// <summary>Whether the logits are part of the graph; false for the part of it that an accelerator without the output matrix
    /// computes.</summary>
    public bool HasLogits { get; init; } = true;

    /// <summary>Whether it is the graph of layers that only draft, which read what the model's last layer wrote beside the
    /// tokens.</summary>
    public bool IsForDrafts { get; init; }

    /// <summary>Recurrent states that are kept for each sequence, 1 or more.</summary>
    public int KeptStates { get; init; } = 1;
}
