using MemoryWall.Core.Facts;

namespace MemoryWall.Models.Forecast;

/// <summary>One tensor of a published model, or small ones together: llama.cpp's name, its parameter count, its bytes, and the share that
/// one generated token reads.</summary>
internal readonly record struct WeightGroup(string Name, long Parameters, long Bytes, double TouchedShare)
{
    private const double F32 = 32;

    // Widths of DeepSeek's heads before compression; the rotary part is part of the layer's shape.
    private const int LatentKey = 128;
    private const int LatentValue = 128;

    /// <summary>The input embedding, then the output matrix where it is separate, then the layers.</summary>
    public static IEnumerable<WeightGroup> Enumerate(KnownModel model, WeightType type)
    {
        long embedding = model.Embedding;
        yield return Group("token_embd", embedding * model.Vocabulary, model.Tied ? type.OutputBits : type.MatrixBits, model.Tied ? 1 : 0);
        if (!model.Tied)
            yield return Group("output", embedding * model.Vocabulary, type.OutputBits);
        yield return Group("output_norm", embedding, F32);
        if (model.PerLayerInput > 0)
            yield return Group("per_layer_token_embd", (long)model.PerLayerInput * model.LayerCount * model.Vocabulary, type.MatrixBits, 0);
        if (model.OtherMatrices > 0)
            yield return Group("per_layer_model_proj", model.OtherMatrices, type.MatrixBits);
        for (var i = 0; i < model.LayerCount; i++)
        {
            foreach (var group in EnumerateLayer(model, type, i))
                yield return group with { Name = FormattableString.Invariant($"blk.{i}.{group.Name}") };
        }
    }

    /// <summary>The tensors of one layer.</summary>
    public static IEnumerable<WeightGroup> EnumerateLayer(KnownModel model, WeightType type, int layer)
    {
        var groups = model.GetLayer(layer) switch
        {
            AttentionLayer a => Attention(a, model, type, model.KeysAreValuesAt?.Invoke(layer) == true),
            LatentAttentionLayer l => Latent(l, model, type),
            RecurrentLayer r => Recurrent(r, model, type),
            _ => [],
        };
        return [.. groups, .. FeedForward(model, layer, type), Group("inp_gate", model.MatricesPerLayer, type.MatrixBits),
            Group("attn_norm", model.VectorsPerLayer, F32)];
    }

    private static WeightGroup Group(string name, long parameters, double bits, double touched = 1) =>
        new(name + ".weight", parameters, (long)(parameters * bits / 8), touched);

    private static IEnumerable<WeightGroup> Attention(AttentionLayer a, KnownModel model, WeightType type, bool keysAreValues)
    {
        long embedding = model.Embedding;
        yield return Group("attn_q", (model.HasQueryGate ? 2 : 1) * embedding * a.HeadCount * a.KeyLength, type.MatrixBits);
        yield return Group("attn_k", embedding * a.KvHeadCount * a.KeyLength, type.MatrixBits);
        if (!keysAreValues)
            yield return Group("attn_v", embedding * a.KvHeadCount * a.ValueLength, type.SensitiveBits);
        yield return Group("attn_output", embedding * a.HeadCount * a.ValueLength, type.MatrixBits);
    }

    private static IEnumerable<WeightGroup> Latent(LatentAttentionLayer l, KnownModel model, WeightType type)
    {
        long embedding = model.Embedding, heads = l.HeadCount, query = heads * (LatentKey + l.RopeLength);
        // Small models compute queries directly, without a compressed form.
        if (model.QueryRank == 0)
            yield return Group("attn_q", embedding * query, type.MatrixBits);
        else
        {
            yield return Group("attn_q_a", embedding * model.QueryRank, type.MatrixBits);
            yield return Group("attn_q_b", model.QueryRank * query, type.MatrixBits);
        }
        yield return Group("attn_kv_a_mqa", embedding * (l.LatentRank + l.RopeLength), type.MatrixBits);
        yield return Group("attn_k_b", heads * l.LatentRank * LatentKey, type.MatrixBits);
        yield return Group("attn_v_b", heads * l.LatentRank * LatentValue, type.MatrixBits);
        yield return Group("attn_output", heads * LatentValue * embedding, type.MatrixBits);
        yield return Group("attn_kv_a_norm", model.QueryRank + l.LatentRank, F32);
    }

    private static IEnumerable<WeightGroup> Recurrent(RecurrentLayer r, KnownModel model, WeightType type)
    {
        long states = 2L * r.GroupCount * r.StateSize;
        // A short convolution has two gates.
        if (r.StateSize == 0)
        {
            yield return Group("shortconv.in_proj", 3L * model.Embedding * r.InnerSize, type.MatrixBits);
            yield return Group("shortconv.out_proj", (long)model.Embedding * r.InnerSize, type.MatrixBits);
            yield return Group("shortconv.conv", (long)r.ConvolutionKernel * r.InnerSize, F32);
            yield break;
        }
        yield return Group("ssm_in", model.Embedding * (2L * r.InnerSize + states + model.RecurrentHeads), type.MatrixBits);
        yield return Group("ssm_out", (long)r.InnerSize * model.Embedding, type.MatrixBits);
        yield return Group("ssm_conv1d", (r.ConvolutionKernel + 1) * (r.InnerSize + states) + 3L * model.RecurrentHeads + r.InnerSize, F32);
    }

    private static IEnumerable<WeightGroup> FeedForward(KnownModel model, int layer, WeightType type)
    {
        if (model.HasFeedForwardAt?.Invoke(layer) == false)
            yield break;
        long embedding = model.Embedding;
        var isDense = !model.HasExperts(layer);
        var isShared = !isDense && !model.HasDenseBesideExperts;
        long dense = isShared ? model.Experts!.SharedWidth : model.FeedForward;
        var suffix = isShared ? "_shexp" : "";
        if (dense > 0)
        {
            if (!model.HasNoFeedForwardGate)
                yield return Group("ffn_gate" + suffix, embedding * dense, type.MatrixBits);
            yield return Group("ffn_up" + suffix, embedding * dense, type.MatrixBits);
            yield return Group("ffn_down" + suffix, embedding * dense, type.SensitiveBits);
        }
        if (isDense || model.Experts is not { } experts)
            yield break;
        var used = (double)experts.UsedPerToken / experts.Count;
        var one = embedding * experts.Width * experts.Count;
        yield return Group("ffn_gate_inp", (embedding + (experts.BiasedRouter ? 1 : 0)) * experts.Count, F32);
        if (!model.HasNoFeedForwardGate)
            yield return Group("ffn_gate_exps", one, type.ExpertBits, used);
        yield return Group("ffn_up_exps", one, type.ExpertBits, used);
        yield return Group("ffn_down_exps", one, type.SensitiveExpertBits, used);
    }
}
