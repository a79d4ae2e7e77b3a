using MemoryWall.Models.Gguf;

namespace MemoryWall.LlamaServer.StorageTier;

/// <summary>A stretch of a file in whole pages, and where it goes in memory that is filled from several.</summary>
/// <param name="Offset">Where it begins in the file.</param>
/// <param name="Bytes">How long it is.</param>
/// <param name="RequiredBytes">How much of it must be there: a file's last page may be cut.</param>
/// <param name="MemoryOffset">Where it goes.</param>
internal sealed record FileExtent(long Offset, long Bytes, long RequiredBytes, long MemoryOffset);

/// <summary>Where a group of tensors lies in the model's file, and where each of them lies in memory into which the group is
/// read.</summary>
internal sealed class TensorGroupLayout
{
    // What lies between two tensors is read too where it is less than a read of its own would cost.
    private const long MaxGapBytes = 64 << 10;

    private readonly Dictionary<string, long> _offsets = [];

    /// <param name="tensors">The tensors, with the place of each in the file.</param>
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

    /// <summary>Room that the group takes.</summary>
    public long Bytes { get; }

    /// <summary>Where a tensor of the group begins in its memory.</summary>
    public long GetOffset(string name) => _offsets[name];

    /// <exception cref="TierException">The file cannot be read.</exception>
    public void Read(DirectFile file, nint memory)
    {
        foreach (var extent in Extents)
            file.Read(extent.Offset, memory + (nint)extent.MemoryOffset, extent.Bytes, extent.RequiredBytes);
    }

    /// <summary>As <see cref="Read"/>, in as many reads as there are <see cref="Extents"/>, to be awaited later.</summary>
    public void EnqueueReads(ReadAheadQueue reads, nint memory)
    {
        foreach (var extent in Extents)
            reads.Enqueue(extent.Offset, memory + (nint)extent.MemoryOffset, extent.Bytes, extent.RequiredBytes);
    }

    /// <summary>Where the tensors of a model lie in its file, by name.</summary>
    /// <exception cref="TierException">The model is spread over several files.</exception>
    public static IReadOnlyDictionary<string, (long Offset, long Bytes)> ReadTensorRanges(GgufHeader header)
    {
        if (header.Metadata.GetValueOrDefault("split.count") is { } count
            && Convert.ToInt64(count, System.Globalization.CultureInfo.InvariantCulture) > 1)
            throw new TierException(TierProblem.UnsupportedModel,
                "the model is split into several files; merge them with llama-gguf-split --merge");
        return header.Tensors.ToDictionary(tensor => tensor.Name, tensor => (header.DataOffset + tensor.Offset, tensor.Bytes));
    }
}
