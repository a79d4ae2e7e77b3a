using MemoryWall.Core.Facts;

namespace MemoryWall.Analysis.Telemetry;

/// <summary>Utilisation of the machine's measured ceilings in a phase: MBU and MFU (Databricks, "LLM inference
/// performance engineering", 2023; PaLM, 2022, appendix B).</summary>
/// <remarks>
/// Above 1 the ceiling is wrong and the value is no utilisation: a model that fits the caches is read faster than from RAM, and kernels for
/// small types are faster than the probe's loop (see <see cref="MachineCeilings"/>). Callers show it only up to 1. The ceilings are those
/// of the processors and do not apply to work on an accelerator.
/// </remarks>
internal static class Utilization
{
    /// <summary>
    /// MBU of generation: (touched weights + KV cache at this depth) / time per output token ÷ peak bandwidth. Null where something is
    /// unknown.
    /// </summary>
    /// <param name="bytesPerToken">Bytes of weights and cache read for one token.</param>
    /// <param name="timePerToken">Time per output token.</param>
    /// <param name="ceilings">The machine's ceilings.</param>
    public static double? Mbu(long? bytesPerToken, TimeSpan? timePerToken, MachineCeilings? ceilings) =>
        bytesPerToken > 0 && timePerToken > TimeSpan.Zero && ceilings?.MemoryReadBytesPerSecond > 0
            ? bytesPerToken / timePerToken.Value.TotalSeconds / ceilings.MemoryReadBytesPerSecond
            : null;

    /// <summary>MFU of prefill: floating-point operations of the prompt / time ÷ peak. Null where something is unknown.</summary>
    /// <param name="shape">The model.</param>
    /// <param name="promptTokens">Tokens computed.</param>
    /// <param name="prefill">Time of prefill.</param>
    /// <param name="ceilings">The machine's ceilings.</param>
    public static double? Mfu(ModelShape? shape, int promptTokens, TimeSpan? prefill, MachineCeilings? ceilings) =>
        shape is not null && promptTokens > 0 && prefill > TimeSpan.Zero && ceilings?.F32FlopsPerSecond > 0
            ? PrefillFlops(shape, promptTokens) / prefill.Value.TotalSeconds / ceilings.F32FlopsPerSecond
            : null;

    /// <summary>
    /// Operations to compute a prompt from an empty cache: 2 · P_active · N for the weights, and 2 · heads · (d_k + d_v) for each pair of
    /// positions that see each other. P_active leaves out the embedding, which is looked up, and a separate output matrix, since logits
    /// are computed for one position only; where the source does not say whether there is one, it is included. Null where the number of
    /// parameters is unknown.
    /// </summary>
    public static double? PrefillFlops(ModelShape shape, int promptTokens)
    {
        if (shape.ParameterCount is not { } parameters)
            return null;
        var tables = shape.OutputWeightBytes > 0 ? 2 : 1;
        var active = parameters - tables * (double)(shape.VocabularySize ?? 0) * shape.EmbeddingLength;
        // Of a mixture of experts only the part whose bytes are touched is computed.
        if (shape.ExpertCount is not null)
        {
            if (shape.ActiveWeightBytes is not { } touched || shape.WeightBytes is not > 0)
                return null;
            active *= (double)touched / shape.WeightBytes.Value;
        }
        return 2 * Math.Max(0, active) * promptTokens + shape.Layers.Sum(layer => AttentionFlops(layer, promptTokens));
    }

    private static double AttentionFlops(LayerShape layer, int tokens) => layer switch
    {
        AttentionLayer a => 2.0 * a.HeadCount * (a.KeyLength + a.ValueLength) * PositionPairs(tokens, a.SlidingWindow),
        // Absorbed form: scores over rank and rotary part, values over the rank.
        LatentAttentionLayer a => 2.0 * a.HeadCount * (2.0 * a.LatentRank + a.RopeLength) * PositionPairs(tokens, a.SlidingWindow),
        _ => 0,
    };

    // Each position sees itself and those before it, within its window.
    private static double PositionPairs(int tokens, int? window)
    {
        var seen = Math.Min(tokens, window ?? tokens);
        return seen * (seen + 1.0) / 2 + (tokens - (double)seen) * seen;
    }
}
