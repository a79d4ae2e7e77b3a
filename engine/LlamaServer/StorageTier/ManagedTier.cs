using MemoryWall.Core.Plan;
using MemoryWall.LlamaServer.Native;
using MemoryWall.Models.Gguf;
using MemoryWall.Protocol;

namespace MemoryWall.LlamaServer.StorageTier;

/// <summary>
/// The managed storage tier of one context. To use it: open it, create the context within <see cref="LazyBuffers"/>, and start it with the
/// survey of a graph. As a listener of every graph it then sets the data pointers of a layer's tensors before the layer computes. Used only
/// by the worker's thread.
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
    private DirectFile? _spill;
    private WeightTier? _weights;
    private KvTier? _kv;
    private TierException? _failure;

    /// <exception cref="TierException">The folder or the model cannot be used.</exception>
    public ManagedTier(TierPlan plan, string modelPath, GgufHeader header, AbortSignal abort)
    {
        if (!OperatingSystem.IsLinux())
            throw new TierException(TierProblem.UnsupportedSystem, "the storage tier needs Linux");
        (_plan, _abort) = (plan, abort);
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

    /// <summary>Plans the layout from a graph, loads the part that stays in memory and starts to stream the rest.</summary>
    /// <param name="survey">The survey of a graph.</param>
    /// <param name="computeBytes">Bytes of llama.cpp's compute buffers that will be touched.</param>
    /// <param name="windowTokens">The context window.</param>
    /// <exception cref="TierException">The model is not supported, the memory budget is too small, or the storage fails.</exception>
    public void Start(GraphSurvey survey, long computeBytes, int windowTokens)
    {
        var model = new SurveyedModel(survey, _tensorRanges);
        DropMappedPages(model);
        var budget = TierBudget.Compute(_plan, computeBytes, windowTokens);
        var layout = TierLayout.FindCheapest(model.Demand, budget);
        // Measured before other reads start.
        var speed = layout.Weights.Slots > 0 ? BandwidthProbe.Measure(_model, _modelBytes, layout.Weights.SlotBytes) : null;
        _weights = new WeightTier(model, layout.Weights, _model);
        DropMappedPages(model);
        if (layout.Kv.Slots > 0)
        {
            var bytes = KvTier.SpillBytes(model.Kv, layout.Kv);
            _spill = _folder.CreateSpill(bytes, Meter, _throttle);
            speed = MaxSpeed(speed, BandwidthProbe.Measure(_spill, BandwidthProbe.WriteTestData(_spill, bytes), layout.Kv.SlotBytes));
        }
        var isLocked = LazyBuffers.Lock(model.KvBuffer);
        _kv = new KvTier(model.Kv, layout.Kv, _spill);
        Report = model.CreateReport(layout, budget) with
        {
            DirectReadBytesPerSecond = speed,
            IsEmulated = _throttle.IsEnabled,
            IsLocked = isLocked && _weights.IsLocked && _kv.IsLocked,
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
            catch (TierException failure)
            {
                _failure = failure;
                _abort.Request();
            }
        }
        return _weights!.IsPartDone || IsLayerEnd(tensor);
    }

    public void OnNodeDone(nint tensor)
    {
        // The used part is always released: even after an abort was requested, the graph may continue to the next part.
        _weights!.ReleasePart();
        // A layer whose computation was aborted is not written back.
        if (_failure is null && !_abort.IsRequested && IsLayerEnd((GgmlTensor*)tensor))
            _kv!.ReleaseLayer();
    }

    public void Dispose()
    {
        _kv?.Dispose();
        _weights?.Dispose();
        _spill?.Dispose();
        _model.Dispose();
        _folder.Dispose();
    }

    // Both rings read the same device in slots of different size; the faster one shows the device's bandwidth.
    private static long? MaxSpeed(long? left, long? right) => left is null || right > left ? right : left;

    private static bool IsLayerEnd(GgmlTensor* node) => GgmlTensor.NameOf(node).StartsWith(GraphSurvey.LayerEndPrefix);

    private void MapToSlots(GgmlTensor* tensor)
    {
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
}
