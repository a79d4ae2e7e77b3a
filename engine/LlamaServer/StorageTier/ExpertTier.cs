using System.Runtime.InteropServices;

namespace MemoryWall.LlamaServer.StorageTier;

/// <summary>
/// Points a graph's experts at the slots of a pool. The weights get the pool's first slot as their data and a slot as the distance between
/// experts; the operations that use them get slot numbers instead of the router's choice. The choice itself stays, because the weights of
/// the chosen experts and their biases are looked up by it.
/// </summary>
internal sealed unsafe class ExpertTier : IDisposable
{
    private readonly ExpertLayout _layout;
    private readonly ExpertPool _pool;
    private readonly Dictionary<nint, int> _indexOf = [];
    private readonly Dictionary<int, int> _indexOfLayer = [];
    private readonly List<(nint Tensor, nint Data, ulong Stride, ulong WholeStride, long Count)> _original = [];
    private readonly nint[] _slotNumbers;
    private readonly int _maxChoices;
    private readonly int[] _chosen;

    /// <param name="layout">How experts lie in slots.</param>
    /// <param name="slots">Number of slots.</param>
    /// <param name="file">The file with the experts.</param>
    /// <param name="batchTokens">The most tokens of a batch.</param>
    public ExpertTier(ExpertLayout layout, int slots, DirectFile file, int batchTokens)
    {
        _layout = layout;
        _maxChoices = batchTokens * layout.Layers.Max(layer => layer.Used);
        _chosen = new int[_maxChoices];
        Statistics = new RoutingStatistics(layout.Layers.Count, layout.Layers.Max(layer => layer.Count));
        _pool = new ExpertPool(layout, slots, file);
        _slotNumbers = new nint[layout.Layers.Count];
        for (var index = 0; index < layout.Layers.Count; index++)
        {
            _indexOfLayer[layout.Layers[index].Layer] = index;
            // Followed by the numbers.
            _slotNumbers[index] = (nint)NativeMemory.AllocZeroed((nuint)(sizeof(GgmlTensor) + _maxChoices * sizeof(int)));
            foreach (var slice in layout.Slices[index])
                Redirect(slice, index);
        }
    }

    public ExpertLayout Layout => _layout;

    /// <summary>How local the choices of single tokens are.</summary>
    public RoutingStatistics Statistics { get; }

    /// <summary>What was used and read so far.</summary>
    public ExpertUse Use => _pool.Use;

    public long PoolBytes => _pool.Slots * _layout.SlotBytes;

    public bool IsLocked => _pool.IsLocked;

    /// <summary>Whether a node gives the router's choice, so that <see cref="OnChosen"/> must be called when it is done.</summary>
    public bool IsChoice(GgmlTensor* node) => RoutingListener.ParseLayer(node) is >= 0 and var layer && _indexOfLayer.ContainsKey(layer);

    /// <summary>Loads the chosen experts.</summary>
    /// <exception cref="TierException">They could not be read.</exception>
    public void OnChosen(GgmlTensor* choice)
    {
        var index = _indexOfLayer[RoutingListener.ParseLayer(choice)];
        var (used, tokens) = ((int)choice->Dimensions[0], (int)choice->Dimensions[1]);
        if (used * tokens > _maxChoices)
            throw new TierException(TierProblem.UnsupportedModel, $"a batch of {tokens} tokens chooses {used * tokens} experts");
        for (var token = 0; token < tokens; token++)
            RoutingListener.ChosenBy(choice, token).CopyTo(_chosen.AsSpan(token * used));
        var chosen = _chosen.AsSpan(0, used * tokens);
        if (tokens == 1)
            Statistics.Add(index, chosen);
        _pool.Load(index, chosen);
        WriteSlotNumbers(choice, index, chosen);
    }

    /// <summary>Gives an operation that uses experts their slot numbers.</summary>
    public void Redirect(GgmlTensor* node)
    {
        if (node->SourcePointers[0] is not 0 and var weights && _indexOf.TryGetValue((nint)weights, out var index))
            node->SourcePointers[2] = _slotNumbers[index];
    }

    public void Dispose()
    {
        foreach (var (address, data, stride, wholeStride, count) in _original)
        {
            var tensor = (GgmlTensor*)address;
            (tensor->Data, tensor->Strides[2], tensor->Strides[3], tensor->Dimensions[2]) = (data, stride, wholeStride, count);
        }
        _original.Clear();
        _pool.Dispose();
        foreach (ref var numbers in _slotNumbers.AsSpan())
        {
            NativeMemory.Free((void*)numbers);
            numbers = 0;
        }
    }

    private void Redirect(ExpertSlice slice, int index)
    {
        var tensor = (GgmlTensor*)slice.Tensor.Tensor;
        _indexOf[(nint)tensor] = index;
        _original.Add(((nint)tensor, tensor->Data, tensor->Strides[2], tensor->Strides[3], tensor->Dimensions[2]));
        tensor->Data = _pool.Address + (nint)slice.DataOffset;
        tensor->Strides[2] = (ulong)_layout.SlotBytes;
        tensor->Strides[3] = (ulong)(_layout.SlotBytes * _pool.Slots);
        // llama.cpp sizes its work memory by the number of experts, and checks the numbers against it.
        tensor->Dimensions[2] = _pool.Slots;
    }

    private void WriteSlotNumbers(GgmlTensor* choice, int index, ReadOnlySpan<int> chosen)
    {
        var tensor = (GgmlTensor*)_slotNumbers[index];
        var numbers = new Span<int>((byte*)tensor + sizeof(GgmlTensor), _maxChoices);
        for (var i = 0; i < chosen.Length; i++)
            numbers[i] = _pool.SlotOf(index, chosen[i]);
        *tensor = *choice;
        tensor->Data = (nint)((byte*)tensor + sizeof(GgmlTensor));
        tensor->Strides[0] = sizeof(int);
        tensor->Strides[1] = (ulong)(sizeof(int) * choice->Dimensions[0]);
        tensor->Strides[2] = tensor->Strides[3] = (ulong)(sizeof(int) * chosen.Length);
        // A tensor of its own, computed by nothing.
        tensor->ViewSource = null;
        tensor->ViewOffset = 0;
        tensor->Operation = 0;
        for (var i = 0; i < GgmlTensor.Sources; i++)
            tensor->SourcePointers[i] = 0;
    }
}
