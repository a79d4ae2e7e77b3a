namespace MemoryWall.Models.Paged;

/// <summary>What a checkpoint's configuration and headers say about memory.</summary>
internal sealed record Checkpoint
{
    /// <summary>The folder's name.</summary>
    public required string Name { get; init; }

    /// <summary>The configuration's <c>model_type</c>.</summary>
    public required string Type { get; init; }

    /// <summary>Width of the residual stream.</summary>
    public required int HiddenSize { get; init; }

    /// <summary>Key/value heads.</summary>
    public required int KvHeads { get; init; }

    /// <summary>Width of one key and of one value.</summary>
    public required int HeadLength { get; init; }

    /// <summary>Width of the compressed key of latent attention; null for keys and values of heads.</summary>
    public int? LatentLength { get; init; }

    /// <summary>Width of the feed-forward block that one token computes.</summary>
    public required long FeedForwardLength { get; init; }

    /// <summary>Entries in the vocabulary; null where the configuration does not say it.</summary>
    public int? VocabularySize { get; init; }

    /// <summary>The context that the model takes, in tokens; null where the configuration does not say it.</summary>
    public int? MaxPositions { get; init; }

    /// <summary>The sliding window of each layer; null for a layer that attends to the whole context.</summary>
    public required IReadOnlyList<int?> Windows { get; init; }

    /// <summary>Bytes of one element of the activations.</summary>
    public required int ElementBytes { get; init; }

    /// <summary>Whether the embedding is also the output matrix.</summary>
    public bool HasTiedEmbeddings { get; init; }

    /// <summary>The tensors.</summary>
    public required IReadOnlyList<SafeTensor> Tensors { get; init; }
}
