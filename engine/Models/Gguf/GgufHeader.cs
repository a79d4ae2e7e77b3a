namespace MemoryWall.Models.Gguf;

/// <summary>The header of a GGUF file: everything before the tensor data.</summary>
internal sealed record GgufHeader
{
    /// <summary>Version of the format: 2 or 3.</summary>
    public required int Version { get; init; }

    /// <summary>
    /// Metadata by key, in file order. A value is a <see cref="byte"/>, <see cref="sbyte"/>, <see cref="ushort"/>, <see cref="short"/>,
    /// <see cref="uint"/>, <see cref="int"/>, <see cref="float"/>, <see cref="bool"/>, <see cref="string"/>, <see cref="ulong"/>,
    /// <see cref="long"/> or <see cref="double"/>, an array of one of these, or an <c>Array[]</c> of such arrays.
    /// </summary>
    public required IReadOnlyDictionary<string, object> Metadata { get; init; }

    /// <summary>The tensors, in file order.</summary>
    public required IReadOnlyList<GgufTensor> Tensors { get; init; }

    /// <summary>Alignment of the tensors in bytes (<c>general.alignment</c>, 32 where it is absent).</summary>
    public required int Alignment { get; init; }

    /// <summary>Offset of the tensor data in the file, in bytes.</summary>
    public required long DataOffset { get; init; }
}

/// <summary>One tensor of a model file.</summary>
/// <param name="Name">Its name, for example <c>blk.0.attn_q.weight</c>.</param>
/// <param name="Dimensions">Its dimensions in ggml's order, the row length first.</param>
/// <param name="Type">Its data type; may be a number without a name in <see cref="GgmlType"/>.</param>
/// <param name="Offset">Offset of its data in bytes from <see cref="GgufHeader.DataOffset"/>.</param>
/// <param name="Bytes">
/// Its size in bytes. For an unknown type it is the distance to the next tensor, which includes padding of less than the alignment.
/// </param>
internal sealed record GgufTensor(string Name, IReadOnlyList<long> Dimensions, GgmlType Type, long Offset, long Bytes);
