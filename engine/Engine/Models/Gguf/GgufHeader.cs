namespace MemoryWall.Models.Gguf;

/// <summary>What stands before the weights of a GGUF file.</summary>
/// <param name="Version">The format's version: 2 or 3.</param>
/// <param name="Metadata">
/// Values by key: <see cref="ulong"/>, <see cref="long"/>, <see cref="double"/>, <see cref="bool"/>, <see cref="string"/>, or an array of
/// one of them (<c>ulong[]</c>, <c>long[]</c>, <c>double[]</c>, <c>bool[]</c>, <c>string[]</c>); nested arrays are skipped and absent.
/// </param>
/// <param name="Tensors">The tensors in file order.</param>
/// <param name="DataOffset">Where the weights begin, in bytes from the file's start.</param>
/// <param name="Alignment">Alignment of the weights, in bytes.</param>
public sealed record GgufHeader(uint Version, IReadOnlyDictionary<string, object> Metadata, IReadOnlyList<GgufTensor> Tensors, long DataOffset, int Alignment);

/// <summary>One tensor of a GGUF file.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Dimensions">Its sizes, innermost first; 1 to 4 of them.</param>
/// <param name="TypeId">Its element type's number.</param>
/// <param name="Offset">Where it begins, in bytes from <see cref="GgufHeader.DataOffset"/>.</param>
public sealed record GgufTensor(string Name, IReadOnlyList<long> Dimensions, uint TypeId, long Offset)
{
    /// <summary>Its elements.</summary>
    public long ElementCount => Dimensions.Aggregate(1L, (product, size) => product * size);

    /// <summary>Its bytes; absent where the element type is not known to this version.</summary>
    public long? Bytes => GgmlType.Of(TypeId)?.BytesOf(ElementCount);
}
