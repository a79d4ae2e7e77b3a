using MemoryWall.LlamaServer.Inference;

namespace MemoryWall.LlamaServer.StorageTier;

/// <summary>
/// The weights, taken out of the model's mapped file: those that stay lie in memory of our own, the others pass through a ring. What single rows
/// are taken from (token embeddings that are not the output matrix) stays mapped.
/// </summary>
internal sealed unsafe class WeightTier : IDisposable
{
    private readonly List<(nint Tensor, nint Data)> _before = [];
    private readonly List<Pages> _pinned = [];
    private readonly Dictionary<nint, (int Stream, long Offset)> _streamed = [];
    private readonly LayerRing? _ring;

    /// <summary>Reads what stays, and begins to stream the rest.</summary>
    /// <param name="model">The weights.</param>
    /// <param name="plan">What of each layer is streamed.</param>
    /// <param name="file">The model's file.</param>
    public WeightTier(SurveyedModel model, StreamPlan plan, DirectFile file)
    {
        try
        {
            var places = new List<Placement>();
            for (var i = 0; i < model.Weights.Count; i++)
            {
                var streamed = i < plan.Parts.Count ? plan.Parts[i] : 0;
                Pin(model.Weights[i].Skip(streamed).ToList(), model, file);
                if (streamed > 0)
                    places.Add(Stream(model.Weights[i].Take(streamed).ToList(), model, places.Count));
            }
            if (places.Count > 0)
                _ring = new LayerRing("weights ring", places.Count, plan.Slots, places.Max(place => place.Bytes), (layer, slot) => places[layer].Read(file, slot), carryBack: null);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public bool IsLocked => _pinned.All(pages => pages.IsLocked) && _ring?.IsLocked != false;

    /// <summary>Points a node's source into the slot of its layer, for which it may wait.</summary>
    public void Place(GgmlTensor* source, GgmlTensor* root)
    {
        if (!_streamed.TryGetValue((nint)root, out var place))
            return;
        root->Data = _ring!.Acquire(place.Stream) + (nint)place.Offset;
        if (source != root)
            source->Data = root->Data + (nint)source->ViewOffset;
    }

    /// <summary>A layer is done.</summary>
    public void Release() => _ring?.Release();

    public void Dispose()
    {
        _ring?.Dispose();
        foreach (var (tensor, data) in _before)
            ((GgmlTensor*)tensor)->Data = data;
        _before.Clear();
        foreach (var pages in _pinned)
            pages.Dispose();
        _pinned.Clear();
    }

    private void Pin(IReadOnlyList<SurveyedTensor> tensors, SurveyedModel model, DirectFile file)
    {
        if (tensors.Count == 0)
            return;
        var placement = model.PlacementOf(tensors);
        var pages = Pages.Resident(placement.Bytes);
        _pinned.Add(pages);
        placement.Read(file, pages.Address);
        foreach (var tensor in tensors)
        {
            Compare(tensor, pages.Address + (nint)placement.Offset(tensor.Name));
            _before.Add(((nint)tensor.Tensor, tensor.Tensor->Data));
            tensor.Tensor->Data = pages.Address + (nint)placement.Offset(tensor.Name);
        }
    }

    private Placement Stream(IReadOnlyList<SurveyedTensor> tensors, SurveyedModel model, int stream)
    {
        var placement = model.PlacementOf(tensors);
        foreach (var tensor in tensors)
        {
            _before.Add(((nint)tensor.Tensor, tensor.Tensor->Data));
            _streamed[(nint)tensor.Tensor] = (stream, placement.Offset(tensor.Name));
        }
        return placement;
    }

    // Other bytes in memory than in the file would mean that llama.cpp changed them on loading.
    private static void Compare(SurveyedTensor tensor, nint read)
    {
        var length = (int)Math.Min(Pages.Size, Ggml.Bytes(tensor.Tensor));
        if (!new ReadOnlySpan<byte>((void*)tensor.Tensor->Data, length).SequenceEqual(new ReadOnlySpan<byte>((void*)read, length)))
            throw new RefusedException(501, $"tier: {tensor.Name} does not lie in memory as in the file");
    }
}
