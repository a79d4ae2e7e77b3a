namespace MemoryWall.Embedded.Synthetic;

/// <summary>Shapes worth having at hand. Only their sizes are those of the models they are named after; their weights are random.</summary>
public static class SyntheticPresets
{
    /// <summary>The preset that is used when nothing is named.</summary>
    public const string Default = "nano";

    /// <summary>All presets, smallest first.</summary>
    public static IReadOnlyList<SyntheticShape> All { get; } =
    [
        new() { Name = "nano", Layers = 6, Embedding = 384, Heads = 6, KvHeads = 2, FeedForward = 1024, Vocabulary = 32_768, Weights = "Q4_0" },
        new() { Name = "small", Layers = 30, Embedding = 576, Heads = 9, KvHeads = 3, FeedForward = 1536, Vocabulary = 49_152, Weights = "Q4_0" },
        new() { Name = "1b", Layers = 16, Embedding = 2048, Heads = 32, KvHeads = 8, FeedForward = 8192, Vocabulary = 128_256, Weights = "Q8_0" },
        new() { Name = "8b", Layers = 32, Embedding = 4096, Heads = 32, KvHeads = 8, FeedForward = 14_336, Vocabulary = 128_256, Weights = "Q4_0" },
    ];

    /// <summary>The preset of this name; null where there is none.</summary>
    public static SyntheticShape? Find(string name) => All.FirstOrDefault(shape => shape.Name.Equals(name, StringComparison.OrdinalIgnoreCase));
}
