using System.Globalization;
using MemoryWall.Core.Facts;
using MemoryWall.Models.Forecast;

namespace MemoryWall.Engine.Tests.Models.Forecast;

/// <summary>
/// Buffers that llama.cpp itself reported (ggml 0.18.0, commit 815a2a591, CPU backend) for contexts of synthetic models with the shapes of
/// known ones. Models and contexts were made with <c>no_alloc</c>, which sizes every buffer by the real allocator without touching memory.
/// </summary>
internal sealed record RecordedBuffers(string Model, ModelShape Shape, ForecastSettings Settings, int ContextTokens, double KvMib,
    double RecurrentMib, double ComputeMib)
{
    public static IReadOnlyList<RecordedBuffers> All { get; } = [.. Recorded.Lines("llama-cpp-buffers.csv").Skip(1).Select(Parse)];

    public static ModelShape ShapeOf(string model) => model switch
    {
        "nano" => Dense("nano", 6, 384, 6, 2, 1024, 50_304, 16_194_048, 28_758_912),
        "small" => Dense("small", 30, 576, 9, 3, 1536, 49_152, 143_025_408, 134_515_008),
        "mha" => Dense("mha", 4, 256, 4, 4, 704, 32_000, 12_125_184, 11_405_568),
        _ => KnownModels.TryGet(model, WeightType.Q8_0, out var shape) ? shape : throw new InvalidOperationException(model),
    };

    private static ModelShape Dense(string name, int layers, int embedding, int heads, int kvHeads, int feedForward, int vocabulary,
        long bytes, long parameters) => new()
        {
            Architecture = "llama",
            Name = name,
            EmbeddingLength = embedding,
            VocabularySize = vocabulary,
            TrainedContextTokens = 1 << 20,
            FeedForwardLength = feedForward,
            WeightBytes = bytes,
            ParameterCount = parameters,
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
        return new RecordedBuffers(fields[0], ShapeOf(fields[0]), settings, Int(1), Mib(11), Mib(12), Mib(13));
    }
}
