namespace MemoryWall.Models.Graphs;

/// <summary>Where the output of attention gets a gate from.</summary>
internal enum AttentionGate
{
    /// <summary>It has none.</summary>
    None,

    /// <summary>A part of the query's matrix.</summary>
    InQuery,

    /// <summary>A matrix with a number for each number of the output.</summary>
    Value,

    /// <summary>A matrix with a number for each head.</summary>
    Head,
}

/// <summary>Kinds of layers with a state.</summary>
internal enum RecurrentKind
{
    /// <summary>One whose computation is not known.</summary>
    Unknown,

    /// <summary>Mamba.</summary>
    Scan,

    /// <summary>Mamba-2.</summary>
    GroupedScan,

    /// <summary>Gated delta net.</summary>
    DeltaNet,

    /// <summary>Gated delta net whose queries and keys are repeated for each head of the values (Qwen3-Next).</summary>
    RepeatedDeltaNet,

    /// <summary>Kimi delta attention.</summary>
    KeyedDeltaNet,

    /// <summary>Kimi delta attention whose output gate is one matrix (Kimi K3).</summary>
    KeyedDeltaNetFullGate,

    /// <summary>A gated short convolution.</summary>
    ShortConvolution,

    /// <summary>Lightning attention.</summary>
    Lightning,
}

/// <summary>What the feed-forward block reads.</summary>
internal enum FeedForwardInput
{
    /// <summary>The norm of the sum of residual stream and attention.</summary>
    NormedSum,

    /// <summary>That sum itself.</summary>
    Sum,

    /// <summary>What attention read, beside it.</summary>
    AttentionInput,

    /// <summary>A norm of its own of the residual stream, beside attention.</summary>
    NormedStream,
}

/// <summary>How the layers of an architecture are put together, as far as it decides about memory.</summary>
internal sealed record GraphTraits
{
    /// <summary>Whether query, key and value come from one matrix.</summary>
    public bool HasFusedQkv { get; init; }

    /// <summary>Whether queries and keys are turned by their position, or normed: both make a copy.</summary>
    public bool HasRope { get; init; } = true;

    /// <summary>Whether norms subtract the mean, which needs memory of its own.</summary>
    public bool HasLayerNorm { get; init; }

    /// <summary>Whether norms are of groups of numbers: the tensor is shown in another form before and after.</summary>
    public bool HasGroupNorm { get; init; }

    /// <summary>Whether feed-forward blocks multiply their input with a gate.</summary>
    public bool IsGated { get; init; } = true;

    /// <summary>Where the output of attention gets a gate from.</summary>
    public AttentionGate Gate { get; init; }

    /// <summary>What the feed-forward block reads.</summary>
    public FeedForwardInput FeedForward { get; init; }

    /// <summary>Whether what attention read is added before the feed-forward block beside it is computed.</summary>
    public bool AddsAttentionFirst { get; init; }

    /// <summary>Whether what a block makes is added to the residual stream, not the stream to it.</summary>
    public bool AddsToStream { get; init; }

    /// <summary>Whether the last layer computes all tokens, because layers that draft read them.</summary>
    public bool KeepsAllRows { get; init; }

    /// <summary>Whether the graph for one sequence is reserved beside the one for all.</summary>
    public bool ReservesForOneSequence { get; init; }

    /// <summary>Whether layers have feed-forward blocks at all.</summary>
    public bool HasFeedForward { get; init; } = true;

    /// <summary>Whether a layer is either a state, attention or a feed-forward block (Nemotron-H).</summary>
    public bool HasLayersAlone { get; init; }

    /// <summary>Whether a layer has a state and attention beside each other (Falcon-H1).</summary>
    public bool HasPairs { get; init; }

    /// <summary>Whether a layer has a dense block and experts beside each other.</summary>
    public bool HasDenseBesideExperts { get; init; }

    /// <summary>How several residual streams are mixed; none where there is one.</summary>
    public StreamMixing Mixing { get; init; }

    /// <summary>Whether the activation is made of several operations on gate and input (Kimi K3).</summary>
    public bool HasSituActivation { get; init; }

    /// <summary>The kind of layers with a state.</summary>
    public RecurrentKind Recurrent { get; init; }
}
