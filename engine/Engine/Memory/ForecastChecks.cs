using MemoryWall.Models;

namespace MemoryWall.Memory;

/// <summary>What llama.cpp would refuse, and shapes that cannot be.</summary>
internal static class ForecastChecks
{
    private const int MostSequences = 256;

    public static void Demand(ModelShape shape, ForecastSettings settings)
    {
        if (Problems(shape, settings) is [_, ..] problems)
            throw new ArgumentException(string.Join("; ", problems));
    }

    public static IReadOnlyList<string> Problems(ModelShape shape, ForecastSettings settings)
    {
        var problems = new List<string>();
        AtLeast(problems, "batch_tokens", settings.BatchTokens, 1);
        AtLeast(problems, "micro_batch_tokens", settings.MicroBatchTokens, 1);
        AtLeast(problems, "output_tokens", settings.OutputTokens ?? 1, 1);
        AtLeast(problems, "sequences", settings.Sequences, 1);
        AtLeast(problems, "gpu_layers", settings.GpuLayers, 0);
        AtLeast(problems, "other_bytes", settings.OtherBytes, 0);
        AtLeast(problems, "token_bytes", settings.TokenBytes, 0);
        if (settings.Sequences > MostSequences)
            problems.Add($"sequences is {settings.Sequences}; llama.cpp takes at most {MostSequences}");
        if (settings.ValueType.IsQuantised && !settings.FlashAttention)
            problems.Add($"value type {settings.ValueType} needs flash attention; turn it on, or keep values as f16");
        if (settings.KeyType != settings.ValueType && shape.Layers.Any(layer => layer is LatentAttentionLayer))
            problems.Add($"latent attention keeps no values of its own, so keys of {settings.KeyType} and values of {settings.ValueType} cannot differ");
        AtLeast(problems, "embedding length", shape.EmbeddingLength, 1);
        AtLeast(problems, "vocabulary size", shape.VocabularySize ?? 1, 1);
        AtLeast(problems, "feed-forward length", shape.FeedForwardLength ?? 1, 0);
        AtLeast(problems, "expert feed-forward length", shape.ExpertFeedForwardLength ?? 1, 0);
        AtLeast(problems, "used experts", shape.ExpertUsedCount ?? 1, 0);
        AtLeast(problems, "weight bytes", shape.WeightBytes ?? 1, 0);
        AtLeast(problems, "layers", shape.Layers.Count, 1);
        foreach (var layer in shape.Layers.Distinct())
            Layer(problems, layer, settings);
        return problems;
    }

    private static void Layer(List<string> problems, LayerShape layer, ForecastSettings settings)
    {
        switch (layer)
        {
            case AttentionLayer a:
                // Pruned models have layers without attention: no heads, nothing kept.
                AtLeast(problems, "query heads", a.HeadCount, 0);
                AtLeast(problems, "key/value heads", a.KvHeadCount, 0);
                AtLeast(problems, "key length", a.KeyLength, a.KvHeadCount == 0 ? 0 : 1);
                AtLeast(problems, "value length", a.ValueLength, a.KvHeadCount == 0 ? 0 : 1);
                AtLeast(problems, "sliding window", a.SlidingWindow ?? 1, 1);
                WholeBlocks(problems, "key", a.KeyLength, settings.KeyType);
                WholeBlocks(problems, "value", a.ValueLength, settings.ValueType);
                break;
            case LatentAttentionLayer l:
                AtLeast(problems, "query heads", l.HeadCount, 1);
                AtLeast(problems, "latent rank", l.LatentRank, 1);
                AtLeast(problems, "rotary length", l.RopeLength, 0);
                WholeBlocks(problems, "compressed key", (long)l.LatentRank + l.RopeLength, settings.KeyType);
                break;
            case RecurrentLayer r:
                AtLeast(problems, "convolution kernel", r.ConvolutionKernel, 1);
                AtLeast(problems, "inner size", r.InnerSize, 1);
                AtLeast(problems, "state size", r.StateSize, 1);
                AtLeast(problems, "group count", r.GroupCount, 0);
                break;
        }
    }

    private static void AtLeast(List<string> problems, string name, long value, long least)
    {
        if (value < least)
            problems.Add(FormattableString.Invariant($"{name} is {value}; it must be {least} or more"));
    }

    private static void WholeBlocks(List<string> problems, string what, long length, CacheType type)
    {
        if (length % type.BlockElements != 0)
            problems.Add(FormattableString.Invariant($"{type} keeps blocks of {type.BlockElements} elements, which do not divide a {what} of {length}; use f16"));
    }
}
