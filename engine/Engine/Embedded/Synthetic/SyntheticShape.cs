using MemoryWall.Models.Gguf;

namespace MemoryWall.Embedded.Synthetic;

/// <summary>The sizes of a synthetic model of architecture <c>llama</c>.</summary>
public sealed record SyntheticShape
{
    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>Layers.</summary>
    public required int Layers { get; init; }

    /// <summary>Width of the residual stream.</summary>
    public required int Embedding { get; init; }

    /// <summary>Query heads.</summary>
    public required int Heads { get; init; }

    /// <summary>Key/value heads; divides <see cref="Heads"/>.</summary>
    public required int KvHeads { get; init; }

    /// <summary>Width of the feed-forward layers.</summary>
    public required int FeedForward { get; init; }

    /// <summary>Entries of the vocabulary.</summary>
    public required int Vocabulary { get; init; }

    /// <summary>Context length written into the file.</summary>
    public int Context { get; init; } = 131_072;

    /// <summary>Element type of the weights: F16, Q8_0 or Q4_0.</summary>
    public required string Weights { get; init; }

    /// <summary>Seed of the weights.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>Width of one head.</summary>
    public int HeadWidth => Embedding / Heads;

    /// <summary>Every size in one line: what the cache's key is made of.</summary>
    public string Key => FormattableString.Invariant(
        $"layers={Layers},embd={Embedding},heads={Heads},kv={KvHeads},ff={FeedForward},vocab={Vocabulary},ctx={Context},weights={Weights},seed={Seed}");

    internal GgmlType WeightType => GgmlType.Of(Weights) ?? throw new FormatException($"weights: '{Weights}' is not known");
}
