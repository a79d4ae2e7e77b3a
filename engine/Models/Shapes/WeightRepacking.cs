using MemoryWall.Models.Gguf;

namespace MemoryWall.Models.Shapes;

/// <summary>
/// The second copy of weights that llama.cpp's CPU backend makes. Some types are laid out anew for the processor's instructions
/// (<c>ggml-cpu/repack.cpp</c>, <c>use_extra_bufts</c>); with mapped weights the file stays mapped beside it, from the first tensor that is
/// still needed to the last. Which types depends on the processor: this is the list of x86 with AVX2.
/// </summary>
internal static class WeightRepacking
{
    private const string EmbeddingTensor = "token_embd.weight";
    private const int RowsPerBlock = 8;
    private static readonly GgmlType[] s_repackedTypes = [GgmlType.Q4_0, GgmlType.Q4_K, GgmlType.Q2_K, GgmlType.IQ4_NL, GgmlType.MXFP4];

    /// <summary>Bytes that repacking adds to the weights; null where the tensors' types or bytes are not known.</summary>
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
            var isCopied = tensor.Dimensions.Count > 1 && tensor.Dimensions[1] % RowsPerBlock == 0
                && s_repackedTypes.Contains(tensor.Type!.Value)
                && (tensor.Name != EmbeddingTensor || isTied);
            if (isCopied)
                copied += bytes;
            // Rows of the embedding are read one by one, so it stays as it is; a tied output is copied from it.
            if (!isCopied || tensor.Name == EmbeddingTensor)
            {
                begin = Math.Min(begin, offset);
                end = offset + bytes;
            }
            offset += bytes;
        }
        return copied + Math.Max(0, end - begin) - offset;
    }
}
