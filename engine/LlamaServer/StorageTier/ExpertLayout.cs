namespace MemoryWall.LlamaServer.StorageTier;

/// <summary>Where one expert's matrix of one weight is.</summary>
/// <param name="Tensor">The weight.</param>
/// <param name="FileOffset">Offset of the first expert's matrix in the file.</param>
/// <param name="FileStride">Distance in the file from one expert's matrix to the next.</param>
/// <param name="Place">Offset in a slot of the whole pages that hold the matrix.</param>
internal sealed record ExpertSlice(ExpertTensor Tensor, long FileOffset, long FileStride, long Place)
{
    /// <summary>Offset in a slot of the matrix itself: it begins where it begins in its first page of the file, which is the same for all
    /// experts, because the stride is a multiple of a page.</summary>
    public long DataOffset => Place + FileOffset % PageBuffer.PageSize;

    /// <summary>The whole pages of the file that hold the matrix of an expert.</summary>
    public FileExtent Extent(int expert)
    {
        var begin = FileOffset + expert * FileStride;
        var first = PageBuffer.RoundDown(begin);
        return new FileExtent(first, PageBuffer.RoundUp(begin + Tensor.SliceBytes) - first, begin + Tensor.SliceBytes - first, Place);
    }
}

/// <summary>
/// How experts lie in the slots of a pool: a slot has room for the matrices of one expert of any layer. llama.cpp finds an expert's matrix
/// at a fixed distance from that of the one before, so a matrix must have the same place in every slot.
/// </summary>
internal sealed class ExpertLayout
{
    private readonly IReadOnlyList<ExpertLayer> _layers;
    private readonly int[] _firstNumbers;

    /// <param name="layers">The layers with experts.</param>
    /// <param name="rangeOf">Offset of a weight in the file, and distance from one expert's matrix to the next.</param>
    public ExpertLayout(IReadOnlyList<ExpertLayer> layers, Func<ExpertTensor, (long Offset, long Stride)> rangeOf)
    {
        _layers = layers;
        _firstNumbers = new int[layers.Count];
        var slices = new List<IReadOnlyList<ExpertSlice>>();
        for (var i = 0; i < layers.Count; i++)
        {
            _firstNumbers[i] = Count;
            Count += layers[i].Count;
            var (places, at) = (new List<ExpertSlice>(), 0L);
            foreach (var tensor in layers[i].Tensors)
            {
                var (offset, stride) = rangeOf(tensor);
                var slice = new ExpertSlice(tensor, offset, stride, at);
                places.Add(slice);
                at += slice.Extent(0).Bytes;
            }
            slices.Add(places);
            SlotBytes = Math.Max(SlotBytes, at);
        }
        Slices = slices;
    }

    /// <summary>The layers with experts.</summary>
    public IReadOnlyList<ExpertLayer> Layers => _layers;

    /// <summary>The matrices of an expert, for each layer with experts.</summary>
    public IReadOnlyList<IReadOnlyList<ExpertSlice>> Slices { get; }

    /// <summary>Memory of one expert.</summary>
    public long SlotBytes { get; }

    /// <summary>Experts of all layers.</summary>
    public int Count { get; }

    /// <summary>Bytes of all experts in the model.</summary>
    public long TotalBytes => _layers.Sum(layer => layer.Count * BytesOf(layer));

    /// <summary>Bytes of the experts that one token uses.</summary>
    public long BytesPerToken => _layers.Sum(layer => layer.Used * BytesOf(layer));

    /// <summary>The number of an expert among those of all layers.</summary>
    /// <param name="index">Index of its layer among those with experts.</param>
    /// <param name="expert">Its number in the layer.</param>
    public int NumberOf(int index, int expert) => _firstNumbers[index] + expert;

    /// <summary>Whether the file has the experts in a form that can be read into slots.</summary>
    public static bool CanRead(IReadOnlyList<ExpertLayer> layers) =>
        layers.All(layer => layer.Tensors.All(tensor => tensor.SliceBytes % PageBuffer.PageSize == 0));

    private static long BytesOf(ExpertLayer layer) => layer.Tensors.Sum(tensor => tensor.SliceBytes);
}
