using System.Globalization;
using MemoryWall.Core.Facts;
using MemoryWall.Models.Forecast;

namespace MemoryWall.Engine.Tests.Models.Forecast;

/// <summary>
/// Buffers that llama.cpp reported (ggml 0.18.0, commit 815a2a591, CPU backend) for contexts of synthetic models with the shapes of
/// known ones. Models and contexts were created with <c>no_alloc</c>, which sizes every buffer by the real allocator without touching
/// memory.
/// </summary>
internal sealed record RecordedBuffers(string Model, ModelShape Shape, ForecastSettings Settings, int ContextTokens)
{
    public required double KvMib { get; init; }

    public required double RecurrentMib { get; init; }

    public required double ComputeMib { get; init; }

    public static IReadOnlyList<RecordedBuffers> All { get; } = [.. Recorded.Lines("llama-cpp-buffers.csv").Skip(1).Select(Parse)];

    public static ModelShape ShapeOf(string model) => model switch
    {
        "nano" => Dense("nano", 6, 384, heads: 6, kvHeads: 2) with
        {
            FeedForwardLength = 1024,
            VocabularySize = 50_304,
            WeightBytes = 16_194_048,
            ParameterCount = 28_758_912,
        },
        "small" => Dense("small", 30, 576, heads: 9, kvHeads: 3) with
        {
            FeedForwardLength = 1536,
            VocabularySize = 49_152,
            WeightBytes = 143_025_408,
            ParameterCount = 134_515_008,
        },
        "mha" => Dense("mha", 4, 256, heads: 4, kvHeads: 4) with
        {
            FeedForwardLength = 704,
            VocabularySize = 32_000,
            WeightBytes = 12_125_184,
            ParameterCount = 11_405_568,
        },
        _ => KnownModels.TryGet(model, WeightType.Q8_0, out var shape) ? shape : throw new InvalidOperationException(model),
    };

    private static ModelShape Dense(string name, int layers, int embedding, int heads, int kvHeads) => new()
    {
        Architecture = "llama",
        Name = name,
        EmbeddingLength = embedding,
        TrainedContextTokens = 1 << 20,
        Layers = [.. Enumerable.Repeat(new AttentionLayer(heads, kvHeads, embedding / heads, embedding / heads), layers)],
    };

    private static RecordedBuffers Parse(string line)
    {
        var fields = line.Split(',');
        int Int(int i) => int.Parse(fields[i], CultureInfo.InvariantCulture);
        double Mib(int i) => double.Parse(fields[i], CultureInfo.InvariantCulture);
        var settings = new ForecastSettings
        {
            BatchTokens = Int(2),
            MicroBatchTokens = Int(3),
            FlashAttention = fields[4] == "1",
            KeyType = KvCacheType.Parse(fields[5]),
            ValueType = KvCacheType.Parse(fields[6]),
            Sequences = Int(7),
            UnifiedCache = fields[8] == "1",
            FullSlidingWindow = fields[9] == "1",
            OutputTokens = fields[10].Length == 0 ? null : Int(10),
        };
        return new RecordedBuffers(fields[0], ShapeOf(fields[0]), settings, Int(1))
        {
            KvMib = Mib(11),
            RecurrentMib = Mib(12),
            ComputeMib = Mib(13),
        };
    }
}
