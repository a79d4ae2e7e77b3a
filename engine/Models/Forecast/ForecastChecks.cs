using MemoryWall.Core.Facts;
using MemoryWall.Models.Shapes;

namespace MemoryWall.Models.Forecast;

/// <summary>Finds settings that llama.cpp would refuse, and invalid shapes.</summary>
internal static class ForecastChecks
{
    private const int MaxSequences = 256;

    public static void ThrowIfInvalid(ModelShape shape, ForecastSettings settings)
    {
        if (FindProblems(shape, settings) is [_, ..] problems)
            throw new ArgumentException(string.Join("; ", problems));
    }

    public static IReadOnlyList<string> FindProblems(ModelShape shape, ForecastSettings settings)
    {
        var problems = new List<string>();
        if (settings.UnknownKvType is { } unknown)
            problems.Add($"'{unknown}' is not a KV cache type that this version knows");
        if (KnownArchitectures.WhyNoCache(shape.Architecture) is { } reason)
            problems.Add($"'{shape.Name ?? shape.Architecture}' ({shape.Architecture}) is {reason}, so it has no KV cache to forecast");
        CheckMin(problems, "batch_tokens", settings.BatchTokens, 1);
        CheckMin(problems, "micro_batch_tokens", settings.MicroBatchTokens, 1);
        CheckMin(problems, "output_tokens", settings.OutputTokens ?? 1, 1);
        CheckMin(problems, "sequences", settings.Sequences, 1);
        CheckMin(problems, "gpu_layers", settings.GpuLayers, 0);
        CheckMin(problems, "draft_tokens", settings.DraftTokens, 0);
        CheckMin(problems, "projector_bytes", settings.ProjectorBytes, 0);
        if (settings.DraftTokens > 0 && settings.DraftModel is null && shape.DraftLayers is null)
            problems.Add($"'{shape.Name ?? shape.Architecture}' has no layers that predict further tokens, so it cannot draft for itself");
        if (settings.DraftModel is { } drafts)
            problems.AddRange(FindProblems(drafts, settings.ForDrafts()).Select(problem => $"the draft model: {problem}"));
        CheckMin(problems, "cpu_expert_layers", settings.CpuExpertLayers, 0);
        var shares = settings.TensorSplit;
        if (shares.Any(share => !double.IsFinite(share) || share < 0) || (shares.Count > 0 && shares.Sum() <= 0))
            problems.Add("the shares of a tensor split must be 0 or more, and one of them more");
        if (settings.MainAccelerator < 0 || settings.MainAccelerator >= Math.Max(1, settings.TensorSplit.Count))
            problems.Add($"the main GPU is {settings.MainAccelerator}; there are {Math.Max(1, settings.TensorSplit.Count)}, from 0");
        CheckOverrides(problems, shape, settings);
        CheckMin(problems, "other_bytes", settings.OtherBytes, 0);
        CheckMin(problems, "token_bytes", settings.BytesPerToken, 0);
        if (settings.Sequences > MaxSequences)
            problems.Add($"sequences is {settings.Sequences}; llama.cpp allows at most {MaxSequences}");
        if (settings.ValueType.IsQuantised && !settings.FlashAttention)
            problems.Add($"value type {settings.ValueType} needs flash attention; turn it on, or use f16 values");
        if (settings.KeyType != settings.ValueType && shape.Layers.Any(layer => layer is LatentAttentionLayer))
            problems.Add(
                $"latent attention stores no values, so keys of {settings.KeyType} and values of {settings.ValueType} cannot differ");
        CheckMin(problems, "embedding length", shape.EmbeddingLength, 1);
        CheckMin(problems, "vocabulary size", shape.VocabularySize ?? 1, 1);
        CheckMin(problems, "feed-forward length", shape.FeedForwardLength ?? 1, 0);
        CheckMin(problems, "expert feed-forward length", shape.ExpertFeedForwardLength ?? 1, 0);
        CheckMin(problems, "used experts", shape.ExpertUsedCount ?? 1, 0);
        CheckMin(problems, "weight bytes", shape.WeightBytes ?? 1, 0);
        CheckMin(problems, "layers", shape.Layers.Count, 1);
        foreach (var layer in shape.Layers.Distinct())
            CheckLayer(problems, layer, settings);
        return problems;
    }

    private static void CheckOverrides(List<string> problems, ModelShape shape, ForecastSettings settings)
    {
        if (settings.TensorOverrides.Count == 0)
            return;
        var devices = Math.Max(1, settings.TensorSplit.Count);
        if (shape.WeightTensors is null)
            problems.Add($"tensors cannot be moved: '{shape.Name ?? shape.Architecture}' does not tell the sizes of its tensors");
        if (settings.TensorOverrides.FirstOrDefault(rule => rule.Device >= devices) is { } beyond)
            problems.Add($"'{beyond.Pattern}' is moved to GPU {beyond.Device}; there are {devices}, from 0 (--tensor-split or --vram "
                + "names several)");
        if (settings.GpuLayers == 0 && settings.TensorOverrides.Any(rule => rule.Device is not null))
            problems.Add("tensors are moved to a GPU, but no layer is on one: give --gpu-layers");
    }

    private static void CheckLayer(List<string> problems, LayerShape layer, ForecastSettings settings)
    {
        switch (layer)
        {
            case AttentionLayer a:
                // Pruned models have layers without attention: they have no heads and store nothing.
                CheckMin(problems, "query heads", a.HeadCount, 0);
                CheckMin(problems, "key/value heads", a.KvHeadCount, 0);
                CheckMin(problems, "key length", a.KeyLength, a.KvHeadCount == 0 ? 0 : 1);
                CheckMin(problems, "value length", a.ValueLength, a.KvHeadCount == 0 ? 0 : 1);
                CheckMin(problems, "sliding window", a.SlidingWindow ?? 1, 1);
                WholeBlocks(problems, "key", a.KeyLength, settings.KeyType);
                WholeBlocks(problems, "value", a.ValueLength, settings.ValueType);
                CheckIndex(problems, a.Index, settings);
                break;
            case LatentAttentionLayer l:
                CheckMin(problems, "query heads", l.HeadCount, 1);
                CheckMin(problems, "latent rank", l.LatentRank, 1);
                CheckMin(problems, "rotary length", l.RopeLength, 0);
                CheckMin(problems, "sliding window", l.SlidingWindow ?? 1, 1);
                WholeBlocks(problems, "compressed key", (long)l.LatentRank + l.RopeLength, settings.KeyType);
                WholeBlocks(problems, "indexer's key", l.IndexerLength, settings.KeyType);
                CheckIndex(problems, l.Index, settings);
                break;
            case CompressedAttentionLayer c:
                CheckMin(problems, "query heads", c.HeadCount, 1);
                CheckMin(problems, "key length", c.KeyLength, 1);
                CheckMin(problems, "sliding window", c.SlidingWindow, 1);
                CheckMin(problems, "compression ratio", c.Ratio, 0);
                WholeBlocks(problems, "key", c.KeyLength, settings.KeyType);
                WholeBlocks(problems, "indexer's key", c.IndexerLength, settings.KeyType);
                break;
            case RecurrentLayer r:
                CheckMin(problems, "convolution kernel", r.ConvolutionKernel, 1);
                CheckMin(problems, "inner size", r.InnerSize, 1);
                CheckMin(problems, "state size", r.StateSize, 0); // a short convolution has none
                CheckMin(problems, "group count", r.GroupCount, 0);
                CheckMin(problems, "embedding history", r.EmbeddingHistory, 0);
                break;
        }
    }

    private static void CheckIndex(List<string> problems, PooledIndex? index, ForecastSettings settings)
    {
        if (index is null)
            return;
        CheckMin(problems, "indexer's key length", index.Length, 1);
        CheckMin(problems, "keys of a token in the index", index.RowsPerToken, 1);
        CheckMin(problems, "tokens of a group in the index", index.PoolTokens, 0);
        WholeBlocks(problems, "indexer's key", (long)index.Length * index.RowsPerToken, settings.KeyType);
    }

    private static void CheckMin(List<string> problems, string name, long value, long min)
    {
        if (value < min)
            problems.Add(FormattableString.Invariant($"{name} is {value}; it must be {min} or more"));
    }

    private static void WholeBlocks(List<string> problems, string what, long length, KvCacheType type)
    {
        if (length % type.BlockElements != 0)
            problems.Add(
                FormattableString.Invariant(
                    $"{type} stores blocks of {type.BlockElements} elements, which do not divide a {what} of {length}; use f16"));
    }
}
