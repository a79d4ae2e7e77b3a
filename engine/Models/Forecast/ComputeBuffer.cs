using MemoryWall.Core.Facts;
using MemoryWall.Models.Shapes;

namespace MemoryWall.Models.Forecast;

/// <summary>
/// The size of the compute buffer: the maximum of the intermediate tensors that are alive at the same time while a micro-batch of T tokens
/// is computed (<c>ggml-alloc.c</c> reuses the memory of tensors that are no longer needed). All are f32. It is the largest of four stages,
/// derived from the graphs of <c>llama-graph.cpp</c> and verified with the buffer sizes that llama.cpp reports:
/// <list type="bullet">
/// <item>output: T·(vocabulary + 2 embeddings), one more embedding where the outputs of experts are summed; the attention mask is already
/// freed;</item>
/// <item>feed-forward: mask + T·(4 embeddings + 3 widths), one width where there is no gate; with experts each width counts once per used
/// expert, and their outputs are added where they do not fit into the memory of gate and up. A width that fits into an embedding takes
/// the memory of a freed one;</item>
/// <item>attention: mask + T·(3 embeddings + 2 queries + key + value), and without flash attention all scores: T·heads·cells; latent
/// attention first maps queries into the latent space;</item>
/// <item>recurrent: mask + T·(4 embeddings + 5 inner widths + 6 groups of states) + the states; lightning attention also has the decay
/// between all tokens for each head, its powers and the scores: 3·heads·T².</item>
/// </list>
/// Newer builds keep one embedding more (<see cref="ForecastSettings.LiveEmbeddings"/>). Inputs of each layer (Gemma 3n and 4) stay alive
/// in all of these, and four copies of them are alive while they are computed.
/// The mask is T·cells, f16 with flash attention and f32 without; sliding-window layers have a second one.
/// </summary>
internal static class ComputeBuffer
{
    private const int F32 = 4;
    private const int F16 = 2;

    // The part of an MLA query without rotary embedding. It is 128 in every DeepSeek model and is not part of the shape.
    private const int LatentQueryLength = 128;

    /// <summary>Bytes that llama.cpp allocates; null where the vocabulary's size is unknown.</summary>
    public static long? ReservedBytes(ModelShape shape, ForecastSettings settings, KvCacheLayout layout)
    {
        if (shape.VocabularySize is not { } vocabulary)
            return null;
        var outputs = Math.Min(layout.MicroBatchTokens, Math.Max(settings.Sequences, settings.OutputTokens ?? layout.MicroBatchTokens));
        return Math.Max(LayerStagesBytes(shape, settings, layout), OutputStageBytes(shape, vocabulary, outputs, layout.MicroBatchTokens));
    }

    /// <summary>
    /// Bytes that become resident: of the logits only those of one token per sequence, from which the next token is sampled. Without flash
    /// attention the CPU backend needs an f16 copy of the scores to multiply them with f16 values (its work buffer).
    /// </summary>
    public static long? TouchedBytes(ModelShape shape, ForecastSettings settings, KvCacheLayout layout)
    {
        if (shape.VocabularySize is not { } vocabulary)
            return null;
        var work = settings.FlashAttention ? 0 : AttentionScoreBytes(shape, layout) / F32 * F16;
        return checked(work
            + Math.Max(LayerStagesBytes(shape, settings, layout),
                OutputStageBytes(shape, vocabulary, settings.Sequences, layout.MicroBatchTokens)));
    }

    /// <summary>Bytes of the stages of the layers, without the logits.</summary>
    public static long LayerStagesBytes(ModelShape shape, ForecastSettings settings, KvCacheLayout layout) => checked(
        AttentionMaskBytes(shape, settings, layout) + IndexerBytes(shape, settings, layout)
            + Math.Max(PerLayerInputStageBytes(shape, settings, layout.MicroBatchTokens), PerLayerInputBytes(shape, layout.MicroBatchTokens)
                + Math.Max(FeedForwardStageBytes(shape, settings, layout.MicroBatchTokens),
                    shape.Layers.Distinct().Max(layer => LayerStageBytes(shape, settings, layout, layer)))));

    /// <summary>Bytes of the scores of an indexer, and of the mask made from them.</summary>
    private static long IndexerBytes(ModelShape shape, ForecastSettings settings, KvCacheLayout layout) =>
        !shape.Layers.Any(layer => layer is LatentAttentionLayer { IndexerLength: > 0 }) ? 0
            : checked(layout.FullCells * layout.MicroBatchTokens * (F32 + F16 + (settings.FlashAttention ? 0 : F32)));

    /// <summary>Bytes of the attention masks.</summary>
    public static long AttentionMaskBytes(ModelShape shape, ForecastSettings settings, KvCacheLayout layout)
    {
        var cells = 0L;
        if (shape.Layers.Any(layer => layer is LatentAttentionLayer or AttentionLayer { SlidingWindow: null }))
            cells += layout.FullCells;
        cells += shape.Layers.OfType<AttentionLayer>().Where(layer => layer.SlidingWindow is not null)
            .Select(layer => layout.CellsPerStream(layer.SlidingWindow)).DefaultIfEmpty().Max();
        return checked(cells * layout.MicroBatchTokens * (settings.FlashAttention ? F16 : F32));
    }

    private static long OutputStageBytes(ModelShape shape, long vocabulary, long outputs, long tokens) => checked(
        F32 * (outputs * vocabulary + tokens * (shape.ExpertCount is null ? 2L : 3L) * shape.EmbeddingLength));

    private static long PerLayerInputBytes(ModelShape shape, long tokens) =>
        checked(F32 * tokens * (shape.PerLayerInputLength ?? 0L) * shape.LayerCount);

    private static long PerLayerInputStageBytes(ModelShape shape, ForecastSettings settings, long tokens) =>
        shape.PerLayerInputLength is null ? 0
            : checked(4 * PerLayerInputBytes(shape, tokens) + F32 * tokens * (settings.LiveEmbeddings - 1) * shape.EmbeddingLength);

    private static long FeedForwardStageBytes(ModelShape shape, ForecastSettings settings, long tokens)
    {
        long embedding = shape.EmbeddingLength;
        // If the width is unknown, four times the embedding is assumed, the largest in use.
        var dense = shape.FeedForwardLength ?? (shape.ExpertCount is null ? 4 * embedding : 0);
        var widths = (KnownArchitectures.HasGate(shape.Architecture) ? 3 : 1) * dense;
        if (shape.ExpertCount is not null)
        {
            var used = shape.ExpertUsedCount ?? 1L;
            var expert = used * (shape.ExpertFeedForwardLength ?? embedding);
            var parts = used * embedding;
            // Dense blocks are those of the first layers, where less of the residual stream is alive.
            if (settings.LiveEmbeddings > 4)
                widths -= (settings.LiveEmbeddings - 1) * embedding;
            widths = Math.Max(widths, expert <= embedding && settings.LiveEmbeddings > 4 ? Math.Max(2 * expert, parts)
                : 3 * expert + (parts > 2 * expert ? parts : 0));
        }
        // Gemma 3n carries four versions of the residual stream, and predicts them before it corrects them.
        var live = settings.LiveEmbeddings + (shape.Architecture == "gemma3n" ? 6 : 0);
        return checked(F32 * tokens * (live * embedding + widths));
    }

    private static long LayerStageBytes(ModelShape shape, ForecastSettings settings, KvCacheLayout layout, LayerShape layer)
    {
        long tokens = layout.MicroBatchTokens, embedding = shape.EmbeddingLength, live = settings.LiveEmbeddings;
        var scores = settings.FlashAttention ? 0 : AttentionScoreBytes(layout, layer);
        return checked(layer switch
        {
            AttentionLayer a =>
                scores + F32 * tokens * ((live - 1) * embedding + 2L * a.HeadCount * a.KeyLength
                    + (long)a.KvHeadCount * (a.KeyLength + a.ValueLength)),
            LatentAttentionLayer l =>
                scores + F32 * tokens * ((live + 1) * embedding
                    + (long)l.HeadCount * (LatentQueryLength + 3L * l.RopeLength + 2L * l.LatentRank)),
            RecurrentLayer r =>
                F32 * (tokens * (live * embedding + 5L * r.InnerSize + 6L * r.GroupCount * r.StateSize)
                    + (long)settings.Sequences * r.StateSize * r.InnerSize
                    + (KnownArchitectures.HasDecayMatrix(shape.Architecture) ? 3L * tokens * tokens * (r.InnerSize / r.StateSize) : 0)),
            _ => 0,
        });
    }

    private static long AttentionScoreBytes(ModelShape shape, KvCacheLayout layout) =>
        shape.Layers.Distinct().Max(layer => AttentionScoreBytes(layout, layer));

    private static long AttentionScoreBytes(KvCacheLayout layout, LayerShape layer) => checked(layer switch
    {
        AttentionLayer a => F32 * (long)layout.MicroBatchTokens * a.HeadCount * layout.CellsPerStream(a.SlidingWindow),
        LatentAttentionLayer l => F32 * (long)layout.MicroBatchTokens * l.HeadCount * layout.FullCells,
        _ => 0,
    });
}
