using MemoryWall.Models.Gguf;

namespace MemoryWall.LlamaServer.StorageTier;

/// <summary>A range of a file in whole pages, and its offset in the memory of a group.</summary>
/// <param name="Offset">Offset in the file.</param>
/// <param name="Bytes">Length.</param>
/// <param name="RequiredBytes">Bytes that must exist: the last page of a file may be incomplete.</param>
/// <param name="MemoryOffset">Offset in memory.</param>
internal sealed record FileExtent(long Offset, long Bytes, long RequiredBytes, long MemoryOffset);

/// <summary>The location of a group of tensors in the model's file, and of each tensor in the memory that the group is read into.</summary>
internal sealed class TensorGroupLayout
{
    // A gap between two tensors is read too where that is cheaper than a separate read.
    private const long MaxGapBytes = 64 << 10;

    private readonly Dictionary<string, long> _offsets = [];

    /// <param name="tensors">The tensors with their location in the file.</param>
    public TensorGroupLayout(IEnumerable<(string Name, long Offset, long Bytes)> tensors)
    {
        var extents = new List<FileExtent>();
        foreach (var (name, offset, bytes) in tensors.DistinctBy(tensor => tensor.Name).OrderBy(tensor => tensor.Offset))
        {
            var (begin, end) = (PageBuffer.RoundDown(offset), PageBuffer.RoundUp(offset + bytes));
            if (extents is [.., var last] && begin <= last.Offset + last.Bytes + MaxGapBytes)
                extents[^1] = last with
                {
                    Bytes = Math.Max(last.Bytes, end - last.Offset),
                    RequiredBytes = Math.Max(last.RequiredBytes, offset + bytes - last.Offset)
                };
            else
                extents.Add(new FileExtent(begin, end - begin, offset + bytes - begin, extents.Sum(extent => extent.Bytes)));
            _offsets[name] = extents[^1].MemoryOffset + offset - extents[^1].Offset;
        }
        (Extents, Bytes) = (extents, extents.Sum(extent => extent.Bytes));
    }

    public IReadOnlyList<FileExtent> Extents { get; }

    /// <summary>Bytes of memory that the group needs.</summary>
    public long Bytes { get; }

    /// <summary>Offset of a tensor in the group's memory.</summary>
    public long GetOffset(string name) => _offsets[name];

    /// <exception cref="TierException">The file cannot be read.</exception>
    public void Read(DirectFile file, nint memory)
    {
        foreach (var extent in Extents)
            file.Read(extent.Offset, memory + (nint)extent.MemoryOffset, extent.Bytes, extent.RequiredBytes);
    }

    /// <summary>Submits the reads of the group, one for each of <see cref="Extents"/>, to be awaited later.</summary>
    public void EnqueueReads(ReadAheadQueue reads, nint memory)
    {
        foreach (var extent in Extents)
            reads.Enqueue(extent.Offset, memory + (nint)extent.MemoryOffset, extent.Bytes, extent.RequiredBytes);
    }

    /// <summary>The location of a model's tensors in its file, by name.</summary>
    /// <exception cref="TierException">The model is split into several files.</exception>
    public static IReadOnlyDictionary<string, (long Offset, long Bytes)> ReadTensorRanges(GgufHeader header)
    {
        if (header.Metadata.GetValueOrDefault("split.count") is { } count
            && Convert.ToInt64(count, System.Globalization.CultureInfo.InvariantCulture) > 1)
            throw new TierException(TierProblem.UnsupportedModel,
                "the model is split into several files; merge them with llama-gguf-split --merge");
        return header.Tensors.ToDictionary(tensor => tensor.Name, tensor => (header.DataOffset + tensor.Offset, tensor.Bytes));
    }
}
