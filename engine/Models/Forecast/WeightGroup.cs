using MemoryWall.Core.Facts;

namespace MemoryWall.Models.Forecast;

/// <summary>Tensors of one kind: their parameter count, their bytes, and the share that one generated token reads.</summary>
internal readonly record struct WeightGroup(long Parameters, long Bytes, double TouchedShare)
{
    private const double F32 = 32;

    // Widths of DeepSeek's heads before compression; the rotary part is part of the layer's shape.
    private const int LatentKey = 128;
    private const int LatentValue = 128;

    /// <summary>The input embedding, then the output matrix where it is separate, then the layers.</summary>
    public static IEnumerable<WeightGroup> Enumerate(KnownModel model, WeightType type)
    {
        long embedding = model.Embedding;
        yield return Group(embedding * model.Vocabulary, model.Tied ? type.OutputBits : type.MatrixBits, model.Tied ? 1 : 0);
        if (!model.Tied)
            yield return Group(embedding * model.Vocabulary, type.OutputBits);
        yield return Group(embedding, F32);
        for (var i = 0; i < model.LayerCount; i++)
        {
            foreach (var group in EnumerateLayer(model, type, i))
                yield return group;
        }
    }

    /// <summary>The tensors of one layer.</summary>
    public static IEnumerable<WeightGroup> EnumerateLayer(KnownModel model, WeightType type, int layer)
    {
        var groups = model.GetLayer(layer) switch
        {
            AttentionLayer a => Attention(a, model.Embedding, type),
            LatentAttentionLayer l => Latent(l, model, type),
            RecurrentLayer r => Recurrent(r, model, type),
            _ => [],
        };
        return [.. groups, .. FeedForward(model, layer, type), Group(model.VectorsPerLayer, F32)];
    }

    private static WeightGroup Group(long parameters, double bits, double touched = 1) =>
        new(parameters, (long)(parameters * bits / 8), touched);

    private static IEnumerable<WeightGroup> Attention(AttentionLayer a, long embedding, WeightType type) =>
    [
        Group(embedding * (2L * a.HeadCount * a.KeyLength + (long)a.KvHeadCount * a.KeyLength), type.MatrixBits),
        Group(embedding * a.KvHeadCount * a.ValueLength, type.SensitiveBits),
    ];

    private static IEnumerable<WeightGroup> Latent(LatentAttentionLayer l, KnownModel model, WeightType type)
    {
        long embedding = model.Embedding, heads = l.HeadCount;
        yield return Group(
            // Small models compute queries directly, without a compressed form.
            (model.QueryRank == 0 ? embedding * heads * (LatentKey + l.RopeLength)
                : embedding * model.QueryRank + model.QueryRank * heads * (LatentKey + l.RopeLength))
            + embedding * (l.LatentRank + l.RopeLength)
            + heads * l.LatentRank * (LatentKey + LatentValue) + heads * LatentValue * embedding,
            type.MatrixBits);
        yield return Group(model.QueryRank + l.LatentRank, F32);
    }

    private static IEnumerable<WeightGroup> Recurrent(RecurrentLayer r, KnownModel model, WeightType type)
    {
        long states = 2L * r.GroupCount * r.StateSize;
        // A short convolution has two gates.
        if (r.StateSize == 0)
        {
            yield return Group(4L * model.Embedding * r.InnerSize, type.MatrixBits);
            yield return Group((long)r.ConvolutionKernel * r.InnerSize, F32);
            yield break;
        }
        yield return Group(model.Embedding * (2L * r.InnerSize + states + model.RecurrentHeads) + (long)r.InnerSize * model.Embedding,
            type.MatrixBits);
        yield return Group((r.ConvolutionKernel + 1) * (r.InnerSize + states) + 3L * model.RecurrentHeads + r.InnerSize, F32);
    }

    private static IEnumerable<WeightGroup> FeedForward(KnownModel model, int layer, WeightType type)
    {
        long embedding = model.Embedding;
        var dense = model.Experts is null || layer < model.LeadingDenseLayers ? model.FeedForward : model.Experts.SharedWidth;
        yield return Group(2 * embedding * dense, type.MatrixBits);
        yield return Group(embedding * dense, type.SensitiveBits);
        if (model.Experts is not { } experts || layer < model.LeadingDenseLayers)
            yield break;
        var used = (double)experts.UsedPerToken / experts.Count;
        yield return Group((embedding + (experts.BiasedRouter ? 1 : 0)) * experts.Count, F32);
        yield return Group(2 * embedding * experts.Width * experts.Count, type.ExpertBits, used);
        yield return Group(embedding * experts.Width * experts.Count, type.SensitiveExpertBits, used);
    }
}
