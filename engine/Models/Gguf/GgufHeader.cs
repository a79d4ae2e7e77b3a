namespace MemoryWall.Models.Gguf;

/// <summary>All that a GGUF file says before its tensors' data.</summary>
internal sealed record GgufHeader
{
    /// <summary>The format's version: 2 or 3.</summary>
    public required int Version { get; init; }

    /// <summary>
    /// Metadata by key, in file order. A value is a <see cref="byte"/>, <see cref="sbyte"/>, <see cref="ushort"/>, <see cref="short"/>,
    /// <see cref="uint"/>, <see cref="int"/>, <see cref="float"/>, <see cref="bool"/>, <see cref="string"/>, <see cref="ulong"/>,
    /// <see cref="long"/> or <see cref="double"/>, an array of one of these, or an <c>Array[]</c> of such arrays.
    /// </summary>
    public required IReadOnlyDictionary<string, object> Metadata { get; init; }

    /// <summary>The tensors, in file order.</summary>
    public required IReadOnlyList<GgufTensor> Tensors { get; init; }

    /// <summary>Tensors start at multiples of this many bytes (<c>general.alignment</c>, 32 where it is absent).</summary>
    public required int Alignment { get; init; }

    /// <summary>Where the tensors' data starts, in bytes from the file's start.</summary>
    public required long DataOffset { get; init; }
}

/// <summary>One tensor of a model file.</summary>
/// <param name="Name">Its name, for example <c>blk.0.attn_q.weight</c>.</param>
/// <param name="Dimensions">Its extents, the row's length first, as ggml has them.</param>
/// <param name="Type">How its numbers are stored; may be a number without a name in <see cref="GgmlType"/>.</param>
/// <param name="Offset">Where its data starts, in bytes from <see cref="GgufHeader.DataOffset"/>.</param>
/// <param name="Bytes">
/// Its bytes. For a type that is not known here they are the room up to the next tensor, which includes padding of less than the alignment.
/// </param>
internal sealed record GgufTensor(string Name, IReadOnlyList<long> Dimensions, GgmlType Type, long Offset, long Bytes);
