using MemoryWall.Core.Plan;
using MemoryWall.LlamaServer.Native;
using MemoryWall.Models.Gguf;
using MemoryWall.Protocol;

namespace MemoryWall.LlamaServer.StorageTier;

/// <summary>
/// The managed storage tier of one context. To use it: open it, create a context within <see cref="LazyBuffers"/>, plan with the survey of
/// its graph, load the model again with repacked weights where <see cref="CreateRepackedWeights"/> says so, and start it with the survey
/// of the last context's graph. As a listener of every graph it then sets the data pointers of a layer's tensors before the layer computes;
/// where it streams nothing, it does not need to listen. Used only by the worker's thread.
/// </summary>
internal sealed unsafe class ManagedTier : INodeListener, IDisposable
{
    private readonly TierPlan _plan;
    private readonly AbortSignal _abort;
    private readonly TierFolder _folder;
    private readonly DirectFile _model;
    private readonly long _modelBytes;
    private readonly IReadOnlyDictionary<string, (long Offset, long Bytes)> _tensorRanges;
    private readonly StorageThrottle _throttle;
    private readonly Func<string> _weightsIdentity;
    private PlannedTier? _planned;
    private DirectFile? _spill;
    private WeightTier? _weights;
    private KvTier? _kv;
    private ExpertTier? _experts;
    private WeightsFile? _expertFile;
    private bool _isPartEnding;
    private TierException? _failure;

    /// <exception cref="TierException">The folder or the model cannot be used.</exception>
    public ManagedTier(TierPlan plan, string modelPath, GgufHeader header, AbortSignal abort)
    {
        if (!OperatingSystem.IsLinux())
            throw new TierException(TierProblem.UnsupportedSystem, "the storage tier needs Linux");
        (_plan, _abort) = (plan, abort);
        _weightsIdentity = () => ModelFingerprint.Compute(modelPath, header, "weights " + ModelFingerprint.Processor);
        _throttle = new StorageThrottle(plan.BandwidthBytesPerSecond, plan.Latency);
        _tensorRanges = TensorGroupLayout.ReadTensorRanges(header);
        _modelBytes = new FileInfo(modelPath).Length;
        _folder = new TierFolder(plan);
        try
        {
            _model = DirectFile.OpenRead(modelPath, Meter, _throttle);
        }
        catch
        {
            _folder.Dispose();
            throw;
        }
    }

    /// <summary>Counts the bytes transferred between memory and storage.</summary>
    public StorageMeter Meter { get; } = new();

    public TierFolder Folder => _folder;

    /// <summary>The throttle for transfers that do not pass through a ring.</summary>
    public StorageThrottle Throttle => _throttle;

    /// <summary>The KV cache of the started tier.</summary>
    public KvTier Kv => _kv ?? throw new InvalidOperationException("the tier was not started");

    /// <summary>The tier's plan; null before the start.</summary>
    public TierReport? Report { get; private set; }

    /// <summary>Bytes of the budget that weights, KV cache and rings leave.</summary>
    public long SpareBytes => _weights?.SpareBytes ?? 0;

    /// <summary>The uses of experts so far; null where no pool has them.</summary>
    public ExpertUse? ExpertUse => _experts?.Use;

    /// <summary>How local the choices of experts are; null where no pool has them.</summary>
    public RoutingStatistics? Routing => _experts?.Statistics;

    /// <summary>Whether something is streamed, so that the tier has to hear of every node.</summary>
    public bool IsStreaming => _planned is { } planned
        && (planned.Layout.Weights.Slots + planned.Layout.Kv.Slots > 0 || planned.Experts is not null);

    /// <summary>Plans the layout from a graph, before memory is taken for weights.</summary>
    /// <param name="survey">The survey of a graph.</param>
    /// <param name="computeBytes">Bytes of llama.cpp's compute buffers that will be touched.</param>
    /// <param name="windowTokens">The context window.</param>
    /// <param name="batchTokens">The most tokens of a batch.</param>
    /// <exception cref="TierException">The model is not supported, or the memory budget is too small.</exception>
    public void Plan(GraphSurvey survey, long computeBytes, int windowTokens, int batchTokens)
    {
        var model = new SurveyedModel(survey, _tensorRanges, NoNames);
        DropMappedPages(model);
        var budget = TierBudget.Compute(_plan, computeBytes, windowTokens);
        ExpertPlan? experts = null;
        if (!model.Demand.FitsInto(budget) && survey.Experts.FindLayers() is { Count: > 0 } layers)
        {
            model = new SurveyedModel(survey, _tensorRanges, NamesOf(layers));
            experts = ExpertPlan.Create(layers, model.Demand, budget, batchTokens, RepackHook.IsSupported);
        }
        var layout = experts?.Rest ?? TierLayout.FindCheapest(model.Demand, budget);
        _planned = new PlannedTier(budget, layout, GetStreamedNames(model, layout.Weights),
            layout.Kv.Slots > 0 ? KvTier.SpillBytes(model.Kv, layout.Kv) : 0, experts, batchTokens);
    }

    /// <summary>The places of weights that llama.cpp repacks, for a load within <see cref="RepackHook"/>; null where this build repacks in
    /// another way.</summary>
    public RepackedWeights? CreateRepackedWeights()
    {
        if (!RepackHook.IsSupported)
            return null;
        var planned = _planned ?? throw new InvalidOperationException("the tier was not planned");
        return Store.CreateRepacked(planned.StreamedNames, planned.Experts?.Layers ?? [], planned.SpillBytes);
    }

    /// <summary>Completes the weights that llama.cpp repacked, after the model is loaded.</summary>
    /// <exception cref="TierException">The storage fails.</exception>
    public void CompleteRepacking(RepackedWeights repacked) => repacked.Complete(_model, _tensorRanges);

    private StoredWeights Store => new(_folder, _model, _tensorRanges, _weightsIdentity, new DirectFiles(Meter, _throttle));

    /// <summary>Loads the part that stays in memory and starts to stream the rest.</summary>
    /// <param name="survey">The survey of the graph of the context that will be used.</param>
    /// <param name="repacked">The repacked weights; null where none are.</param>
    /// <param name="repackNote">Why none are, although it was asked for; otherwise null.</param>
    /// <exception cref="TierException">The model is not supported, or the storage fails.</exception>
    public void Start(GraphSurvey survey, RepackedWeights? repacked, string? repackNote)
    {
        var planned = _planned ?? throw new InvalidOperationException("the tier was not planned");
        var (budget, layout) = (planned.Budget, planned.Layout);
        IReadOnlyList<ExpertLayer> experts = planned.Experts is null ? [] : survey.Experts.FindLayers();
        var model = new SurveyedModel(survey, _tensorRanges, NamesOf(experts));
        if (!GetStreamedNames(model, layout.Weights).SequenceEqual(planned.StreamedNames)
            || (planned.Experts is { } plan && !NamesOf(plan.Layers).SetEquals(NamesOf(experts))))
            throw new TierException(TierProblem.UnsupportedModel, "this graph uses the weights in another order than the planned graph");
        DropMappedPages(model);
        // Measured before other reads start.
        var speed = layout.Weights.Slots == 0 ? null : repacked?.File is { } stored
            ? BandwidthProbe.Measure(stored.File, stored.Bytes, layout.Weights.SlotBytes)
            : BandwidthProbe.Measure(_model, _modelBytes, layout.Weights.SlotBytes);
        _weights = new WeightTier(model, layout.Weights, _model, repacked?.File,
            planned.Experts is null ? budget - layout.CountMemory(model.Demand) : 0);
        DropMappedPages(model);
        if (planned.Experts is { } pool)
            speed = StartExperts(pool, experts, repacked?.File);
        if (layout.Kv.Slots > 0)
        {
            var bytes = KvTier.SpillBytes(model.Kv, layout.Kv);
            _spill = _folder.CreateSpill(bytes, Meter, _throttle);
            speed = MaxSpeed(speed, BandwidthProbe.Measure(_spill, BandwidthProbe.WriteTestData(_spill, bytes), layout.Kv.SlotBytes));
        }
        else
        {
            // The whole window is in the budget. Huge pages make attention 4 to 5% faster.
            foreach (var buffer in model.KvBuffers)
                LazyBuffers.UseHugePages(buffer);
        }
        var isLocked = true;
        foreach (var buffer in model.KvBuffers)
            isLocked &= LazyBuffers.Lock(buffer);
        _kv = new KvTier(model.Kv, layout.Kv, _spill);
        Report = model.CreateReport(layout, budget) with
        {
            MappedWeightBytes = _weights.MappedBytes,
            RepackNote = repackNote,
            DirectReadBytesPerSecond = speed,
            IsEmulated = _throttle.IsEnabled,
            IsLocked = isLocked && _weights.IsLocked && _kv.IsLocked && repacked?.IsLocked != false && _experts?.IsLocked != false,
            ExpertBytes = _experts?.Layout.TotalBytes,
            ExpertBytesPerToken = _experts?.Layout.BytesPerToken,
            ExpertPoolBytes = _experts?.PoolBytes,
        };
    }

    /// <summary>A batch is about to be computed whose first token takes this cell.</summary>
    public void BeginBatch(int first, int count)
    {
        _weights?.BeginGraph();
        _kv?.BeginBatch(first, count);
    }

    /// <summary>Returns and clears the failure since the last call; null for none. After a failure the computed results are
    /// invalid.</summary>
    public TierException? TakeFailure()
    {
        var failure = _failure;
        _failure = null;
        return failure;
    }

    public bool OnNodeStarting(nint node)
    {
        var tensor = (GgmlTensor*)node;
        // An exception must not pass through llama.cpp. The graph is aborted instead, and Decode asks for the failure.
        if (_failure is null)
        {
            try
            {
                MapToSlots(tensor);
            }
            catch (Exception failure)
            {
                _failure = TierException.From(failure);
                _abort.Request();
            }
        }
        _isPartEnding = _weights!.IsPartDone || IsLayerEnd(tensor);
        return _isPartEnding || _experts?.IsChoice(tensor) == true;
    }

    public void OnNodeDone(nint tensor)
    {
        // The used part is always released: even after an abort was requested, the graph may continue to the next part.
        if (_isPartEnding)
            _weights!.ReleasePart();
        if (_failure is null && !_abort.IsRequested && _experts?.IsChoice((GgmlTensor*)tensor) == true)
            LoadExperts((GgmlTensor*)tensor);
        // A layer whose computation was aborted is not written back.
        if (_failure is null && !_abort.IsRequested && IsLayerEnd((GgmlTensor*)tensor))
            _kv!.ReleaseLayer();
    }

    public void Dispose()
    {
        _experts?.Dispose();
        _expertFile?.Dispose();
        _kv?.Dispose();
        _weights?.Dispose();
        _spill?.Dispose();
        _model.Dispose();
        _folder.Dispose();
    }

    // In order of their use.
    private static List<string> GetStreamedNames(SurveyedModel model, StreamPlan plan) =>
        [.. model.Weights.SelectMany((parts, layer) => parts.Take(plan.StreamedParts[layer]).OrderBy(part => part[0].FirstNode))
            .SelectMany(part => part).Select(tensor => tensor.Name)];

    // Both rings read the same device in slots of different size; the faster one shows the device's bandwidth.
    private static long? MaxSpeed(long? left, long? right) => left is null || right > left ? right : left;

    private static bool IsLayerEnd(GgmlTensor* node) => GgmlTensor.NameOf(node).StartsWith(GraphSurvey.LayerEndPrefix);

    private static IReadOnlySet<string> NoNames { get; } = new HashSet<string>();

    private static HashSet<string> NamesOf(IEnumerable<ExpertLayer> layers) =>
        [.. layers.SelectMany(layer => layer.Tensors).Select(tensor => tensor.Name)];

    // Returns the bandwidth of reads of experts.
    private long StartExperts(ExpertPlan plan, IReadOnlyList<ExpertLayer> layers, WeightsFile? stored)
    {
        if (stored is null && !ExpertLayout.CanRead(layers))
            stored = _expertFile = Store.CopyExperts(_planned!.SpillBytes, layers);
        var layout = new ExpertLayout(layers, tensor => stored is null
            ? (_tensorRanges[tensor.Name].Offset, tensor.SliceBytes)
            : (stored.OffsetOf(tensor.Name), PageBuffer.RoundUp(tensor.SliceBytes)));
        var file = stored?.File ?? _model;
        var speed = ExpertProbe.Measure(layout, file);
        _experts = new ExpertTier(layout, plan.Slots, file, _planned!.BatchTokens);
        return speed;
    }

    // An exception must not pass through llama.cpp.
    private void LoadExperts(GgmlTensor* choice)
    {
        try
        {
            _experts!.OnChosen(choice);
        }
        catch (Exception failure)
        {
            _failure = TierException.From(failure);
            _abort.Request();
        }
    }

    private void MapToSlots(GgmlTensor* tensor)
    {
        _experts?.Redirect(tensor);
        if (tensor->ViewSource != null)
        {
            _kv!.MapToSlot(tensor, tensor->ViewSource);
            _kv.CheckWrittenRows(tensor, tensor->ViewSource);
        }
        for (var i = 0; i < GgmlTensor.Sources; i++)
        {
            var source = GgmlTensor.Source(tensor, i);
            if (source == null)
                continue;
            var root = GgmlTensor.Root(source);
            _weights!.MapToSlot(source, root);
            _kv!.MapToSlot(source, root);
        }
    }

    // Pages that llama.cpp read on loading count against a memory cap while they are mapped or cached. Row lookups are random, so
    // read-ahead around them is disabled.
    private void DropMappedPages(SurveyedModel model)
    {
        if (model.MappedRange is var (address, bytes))
        {
            _ = Posix.Advise(address, (nuint)bytes, Posix.AdviseRandom);
            _ = Posix.Advise(address, (nuint)bytes, Posix.AdviseDontNeed);
        }
        _model.DropCache();
    }

    /// <summary>What is decided before memory is taken.</summary>
    /// <param name="Budget">Memory for weights, KV cache and rings.</param>
    /// <param name="Layout">What is streamed.</param>
    /// <param name="StreamedNames">The streamed weights in order of their use.</param>
    /// <param name="SpillBytes">Size of the file of streamed keys and values; 0 for none.</param>
    /// <param name="Experts">The pool of experts; null where experts are weights like others.</param>
    /// <param name="BatchTokens">The most tokens of a batch.</param>
    private sealed record PlannedTier(long Budget, TierLayout Layout, IReadOnlyList<string> StreamedNames, long SpillBytes,
        ExpertPlan? Experts, int BatchTokens);
}
