namespace MemoryWall.LlamaServer.StorageTier;

/// <summary>
/// The model's weights. Pinned weights are copied from the mapped file into anonymous memory, unless llama.cpp repacked them there, and
/// the others pass through a ring. Weights that are only looked up row by row (token embeddings) use the pinned output matrix where that
/// has the same bytes, and otherwise stay mapped if there is no room to pin them.
/// </summary>
internal sealed unsafe class WeightTier : IDisposable
{
    private readonly List<(nint Tensor, nint Data)> _originalData = [];
    private readonly List<PageBuffer> _pinned = [];
    private readonly Dictionary<nint, (int Stream, long Offset)> _streamed = [];
    private readonly List<int> _uses = [];
    private readonly ReadAheadQueue? _reads;
    private readonly LayerRing? _ring;
    private int _current = -1;
    private int _used;

    /// <summary>Loads the pinned weights and starts to stream the others.</summary>
    /// <param name="model">The surveyed model.</param>
    /// <param name="plan">How many parts of each layer are streamed.</param>
    /// <param name="file">The model's file.</param>
    /// <param name="repacked">The file with the streamed weights, where some of them are repacked; null to stream from the model's
    /// file.</param>
    /// <param name="lookupBudget">Bytes that weights may take which are only looked up row by row.</param>
    public WeightTier(SurveyedModel model, StreamPlan plan, DirectFile file, WeightsFile? repacked, long lookupBudget)
    {
        try
        {
            var places = new List<TensorGroupLayout>();
            for (var i = 0; i < model.Weights.Count; i++)
            {
                var streamed = plan.StreamedParts[i];
                LoadPinned([.. model.Weights[i].Skip(streamed).SelectMany(part => part)], model, file);
                foreach (var part in model.Weights[i].Take(streamed).OrderBy(part => part[0].FirstNode))
                    places.Add(AddStreamed(part, repacked?.CreateLayout(part) ?? model.CreateLayout(part), places.Count));
            }
            LoadPinned(model.SharedWeights, model, file);
            foreach (var lookup in model.Lookups)
                LoadLookup(lookup, model, file, ref lookupBudget);
            SpareBytes = Math.Max(0, lookupBudget);
            if (places.Count == 0)
                return;
            var reads = _reads = new ReadAheadQueue(repacked?.File ?? file);
            _ring = new LayerRing("weights ring", new RingSize(places.Count, plan.Slots, places.Max(place => place.Bytes)),
                new RingTransfers((layer, slot) => places[layer].EnqueueReads(reads, slot),
                    (layer, _) => reads.Wait(places[layer].Extents.Count))
                {
                    WaitForMost = (layer, _) => reads.WaitForMost(places[layer].Extents.Count),
                });
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>Bytes of weights that stay mapped.</summary>
    public long MappedBytes { get; private set; }

    /// <summary>What is left of the memory for weights that are only looked up row by row.</summary>
    public long SpareBytes { get; private set; }

    /// <summary>Whether the weights in memory are locked against swapping.</summary>
    public bool IsLocked => _pinned.All(pages => pages.IsLocked) && _ring?.IsLocked != false;

    /// <summary>Whether the last node that uses the current part has been seen, so that the part can be released when that node is
    /// done.</summary>
    public bool IsPartDone => _current >= 0 && _used >= _uses[_current];

    /// <summary>Points a node's source into the slot of its part; waits until the part is in the slot.</summary>
    /// <exception cref="TierException">The part could not be read, or the graph uses parts in another order than the surveyed
    /// graph.</exception>
    public void MapToSlot(GgmlTensor* source, GgmlTensor* root)
    {
        if (!_streamed.TryGetValue((nint)root, out var place))
            return;
        if (_current != place.Stream)
        {
            // Nodes of the current part are not computed yet, so its slot must not be reused.
            if (_current >= 0)
                throw new TierException(TierProblem.UnsupportedModel,
                    "this graph uses the weights in another order than the surveyed graph");
            _current = place.Stream;
        }
        _used++;
        root->Data = _ring!.Acquire(place.Stream) + (nint)place.Offset;
        if (source != root)
            source->Data = root->Data + (nint)source->ViewOffset;
    }

    /// <summary>The current part is computed.</summary>
    public void ReleasePart()
    {
        BeginGraph();
        _ring?.Release();
    }

    /// <summary>A new graph starts: the parts of earlier graphs are computed or were aborted.</summary>
    public void BeginGraph() => (_current, _used) = (-1, 0);

    public void Dispose()
    {
        _ring?.Dispose();
        _reads?.Dispose();
        foreach (var (tensor, data) in _originalData)
            ((GgmlTensor*)tensor)->Data = data;
        _originalData.Clear();
        foreach (var pages in _pinned)
            pages.Dispose();
        _pinned.Clear();
    }

    private void LoadPinned(IReadOnlyList<SurveyedTensor> all, SurveyedModel model, DirectFile file)
    {
        var tensors = all.Where(tensor => tensor.Tensor->Extra == 0).ToList();
        if (tensors.Count == 0)
            return;
        var placement = model.CreateLayout(tensors);
        var pages = PageBuffer.AllocateResident(placement.Bytes);
        _pinned.Add(pages);
        placement.Read(file, pages.Address);
        foreach (var tensor in tensors)
        {
            CheckSameBytes(tensor, pages.Address + (nint)placement.GetOffset(tensor.Name));
            _originalData.Add(((nint)tensor.Tensor, tensor.Tensor->Data));
            tensor.Tensor->Data = pages.Address + (nint)placement.GetOffset(tensor.Name);
        }
    }

    // In the mapping, each new token may be a read of the device.
    private void LoadLookup(SurveyedTensor lookup, SurveyedModel model, DirectFile file, ref long budget)
    {
        if (model.SharedWeights.FirstOrDefault(other => other.Name == lookup.Name && other.Tensor->Extra == 0) is { } twin)
        {
            _originalData.Add(((nint)lookup.Tensor, lookup.Tensor->Data));
            lookup.Tensor->Data = twin.Tensor->Data;
            return;
        }
        var bytes = model.CreateLayout([lookup]).Bytes;
        if (bytes > budget)
        {
            MappedBytes += Ggml.Bytes(lookup.Tensor);
            return;
        }
        budget -= bytes;
        LoadPinned([lookup], model, file);
    }

    private TensorGroupLayout AddStreamed(IReadOnlyList<SurveyedTensor> tensors, TensorGroupLayout placement, int stream)
    {
        _uses.Add(tensors.Sum(tensor => tensor.UseCount));
        foreach (var tensor in tensors)
        {
            _originalData.Add(((nint)tensor.Tensor, tensor.Tensor->Data));
            _streamed[(nint)tensor.Tensor] = (stream, placement.GetOffset(tensor.Name));
        }
        return placement;
    }

    // Different bytes would mean that llama.cpp changed the weights on loading.
    private static void CheckSameBytes(SurveyedTensor tensor, nint read)
    {
        var length = (int)Math.Min(PageBuffer.PageSize, Ggml.Bytes(tensor.Tensor));
        if (!new ReadOnlySpan<byte>((void*)tensor.Tensor->Data, length).SequenceEqual(new ReadOnlySpan<byte>((void*)read, length)))
            throw new TierException(TierProblem.UnsupportedModel, $"{tensor.Name} differs between memory and file");
    }
}
