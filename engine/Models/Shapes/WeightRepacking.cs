using MemoryWall.Models.Gguf;

namespace MemoryWall.Models.Shapes;

/// <summary>
/// Computes the size of the second copy of weights that llama.cpp's CPU backend makes. It repacks some types for the processor's
/// instructions (<c>ggml-cpu/repack.cpp</c>, <c>use_extra_bufts</c>); mapped weights additionally stay mapped, from the first tensor that
/// is still needed to the last. The types depend on the processor: these are those of x86 with AVX2.
/// </summary>
internal static class WeightRepacking
{
    private const string EmbeddingTensor = "token_embd.weight";
    private const int RowsPerBlock = 8;
    private static readonly GgmlType[] s_repackedTypes = [GgmlType.Q4_0, GgmlType.Q4_K, GgmlType.Q2_K, GgmlType.IQ4_NL, GgmlType.MXFP4];

    /// <summary>Bytes that repacking adds to the weights; null where the type or size of a tensor is unknown.</summary>
    /// <param name="tensors">The tensors in the order of the file.</param>
    public static long? ComputeCopyBytes(IReadOnlyList<ModelTensor> tensors)
    {
        if (tensors.Count == 0 || tensors.Any(tensor => tensor.Bytes is null || tensor.Type is null))
            return null;
        var isTied = tensors.All(tensor => tensor.Name != "output.weight");
        long copied = 0, offset = 0, begin = long.MaxValue, end = 0;
        foreach (var tensor in tensors)
        {
            var bytes = tensor.Bytes!.Value;
            var isCopied = IsRepacked(tensor) && (tensor.Name != EmbeddingTensor || isTied);
            if (isCopied)
                copied += bytes;
            // The embedding is read row by row, so it is not repacked; a tied output matrix is a repacked copy of it.
            if (!isCopied || tensor.Name == EmbeddingTensor)
            {
                begin = Math.Min(begin, offset);
                end = offset + bytes;
            }
            offset += bytes;
        }
        return copied + Math.Max(0, end - begin) - offset;
    }

    /// <summary>Bytes of a token embedding that is also repacked as output matrix; 0 where it is not. Builds since 2026 map each range of
    /// needed tensors apart, so this is all that they have twice.</summary>
    public static long ComputeEmbeddingBytes(IReadOnlyList<ModelTensor> tensors) =>
        tensors.Any(tensor => tensor.Name == "output.weight") ? 0
            : tensors.FirstOrDefault(tensor => tensor.Name == EmbeddingTensor) is { Bytes: { } bytes } embedding && IsRepacked(embedding)
                ? bytes : 0;

    private static bool IsRepacked(ModelTensor tensor) => tensor.Dimensions.Count > 1 && tensor.Dimensions[1] % RowsPerBlock == 0
        && tensor.Type is { } type && s_repackedTypes.Contains(type);
}
