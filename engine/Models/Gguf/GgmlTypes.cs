using System.Collections.Frozen;

namespace MemoryWall.Models.Gguf;

/// <summary>
/// Sizes of each <see cref="GgmlType"/>: a row consists of blocks, each of a fixed number of elements and bytes.
/// Source: <c>GGML_QUANT_SIZES</c> in gguf-py and ggml's <c>type_traits</c>.
/// </summary>
internal static class GgmlTypes
{
    private static readonly FrozenDictionary<GgmlType, (int Numbers, int Bytes)> s_blocks = new Dictionary<GgmlType, (int, int)>
    {
        [GgmlType.F32] = (1, 4),
        [GgmlType.F16] = (1, 2),
        [GgmlType.BF16] = (1, 2),
        [GgmlType.F64] = (1, 8),
        [GgmlType.I8] = (1, 1),
        [GgmlType.I16] = (1, 2),
        [GgmlType.I32] = (1, 4),
        [GgmlType.I64] = (1, 8),
        [GgmlType.Q1_0] = (128, 18),
        [GgmlType.Q4_0] = (32, 18),
        [GgmlType.Q4_1] = (32, 20),
        [GgmlType.Q5_0] = (32, 22),
        [GgmlType.Q5_1] = (32, 24),
        [GgmlType.Q8_0] = (32, 34),
        [GgmlType.Q8_1] = (32, 36),
        [GgmlType.Q2_K] = (256, 84),
        [GgmlType.Q3_K] = (256, 110),
        [GgmlType.Q4_K] = (256, 144),
        [GgmlType.Q5_K] = (256, 176),
        [GgmlType.Q6_K] = (256, 210),
        [GgmlType.Q8_K] = (256, 292),
        [GgmlType.IQ1_S] = (256, 50),
        [GgmlType.IQ1_M] = (256, 56),
        [GgmlType.IQ2_XXS] = (256, 66),
        [GgmlType.IQ2_XS] = (256, 74),
        [GgmlType.IQ2_S] = (256, 82),
        [GgmlType.IQ3_XXS] = (256, 98),
        [GgmlType.IQ3_S] = (256, 110),
        [GgmlType.IQ4_NL] = (32, 18),
        [GgmlType.IQ4_XS] = (256, 136),
        [GgmlType.TQ1_0] = (256, 54),
        [GgmlType.TQ2_0] = (256, 66),
        [GgmlType.MXFP4] = (32, 17),
        [GgmlType.NVFP4] = (64, 36),
        // Repacked layouts in older files: the bytes of the plain type in another order.
        [GgmlType.Q4_0_4_4] = (32, 18),
        [GgmlType.Q4_0_4_8] = (32, 18),
        [GgmlType.Q4_0_8_8] = (32, 18),
        [GgmlType.IQ4_NL_4_4] = (32, 18),
        [GgmlType.IQ4_NL_4_8] = (32, 18),
        [GgmlType.IQ4_NL_8_8] = (32, 18),
    }.ToFrozenDictionary();

    private static readonly FrozenDictionary<string, GgmlType> s_names =
        s_blocks.Keys.ToFrozenDictionary(type => type.ToString(), StringComparer.OrdinalIgnoreCase);

    /// <summary>Elements and bytes of a block; null for an unknown type.</summary>
    public static (int Numbers, int Bytes)? BlockSize(GgmlType type) => s_blocks.TryGetValue(type, out var block) ? block : null;

    /// <summary>The type of this name (<c>Q4_K</c>, any case); null for an unknown name.</summary>
    public static GgmlType? FindByName(string name) => s_names.TryGetValue(name, out var type) ? type : null;

    /// <summary>
    /// Bytes of a tensor; null for an unknown type, for a row that is not a whole number of blocks, and for a shape out of range.
    /// </summary>
    /// <param name="type">Its data type.</param>
    /// <param name="dimensions">Its dimensions, the row length first.</param>
    public static long? TensorBytes(GgmlType type, IReadOnlyList<long> dimensions)
    {
        if (BlockSize(type) is not { } block || ElementCount(dimensions) is not { } elements)
            return null;
        if (dimensions.Count > 0 && dimensions[0] % block.Numbers != 0)
            return null;
        var blocks = elements / block.Numbers;
        return blocks > long.MaxValue / block.Bytes ? null : blocks * block.Bytes;
    }

    /// <summary>Elements of a tensor: the product of its dimensions; null where that is out of range.</summary>
    internal static long? ElementCount(IReadOnlyList<long> dimensions)
    {
        var product = 1L;
        foreach (var extent in dimensions)
        {
            if (extent < 0 || (extent > 0 && product > long.MaxValue / extent))
                return null;
            product *= extent;
        }

        return product;
    }
}
