using MemoryWall.Core.Plan;
using MemoryWall.LlamaServer.Native;
using MemoryWall.Models.Gguf;

namespace MemoryWall.LlamaServer.StorageTier;

/// <summary>
/// The managed storage tier of one context. Use: open, make the context within <see cref="LazyBuffers"/>, show it a graph, then it
/// follows every graph: before a layer computes its tensors are pointed to where their bytes are. Used by the worker's thread alone.
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

    /// <summary>What went between memory and storage.</summary>
    public StorageMeter Meter { get; } = new();

    public TierFolder Folder => _folder;

    /// <summary>For transfers that are the tier's but go past its rings.</summary>
    public StorageThrottle Throttle => _throttle;

    /// <summary>The KV cache, once started.</summary>
    public KvTier Kv => _kv ?? throw new InvalidOperationException("the tier was not started");

    /// <summary>The plan; null until it is made.</summary>
    public TierReport? Report { get; private set; }

    /// <summary>Plans by what a graph showed, reads what stays and begins to stream the rest.</summary>
    /// <param name="survey">A graph that went by.</param>
    /// <param name="computeBytes">Buffers that llama.cpp has made and will touch.</param>
    /// <param name="windowTokens">The context window.</param>
    /// <exception cref="TierException">The graph is not understood, the memory is too little, or the storage fails.</exception>
    public void Start(GraphSurvey survey, long computeBytes, int windowTokens)
    {
        var model = new SurveyedModel(survey, _tensorRanges);
        DropMappedPages(model);
        var budget = TierBudget.Compute(_plan, computeBytes, windowTokens);
        var layout = TierLayout.FindCheapest(model.Demand, budget);
        // Before anything else reads.
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

    /// <summary>What went wrong since it was asked last; what was computed then is worth nothing.</summary>
    public TierException? TakeFailure()
    {
        var failure = _failure;
        _failure = null;
        return failure;
    }

    public bool OnNodeStarting(nint node)
    {
        var tensor = (GgmlTensor*)node;
        // Nothing may be thrown through llama.cpp: the graph is stopped, and the decode asks what happened.
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
        // A part that was computed with goes, whatever came between: a stop may be asked for just now, and the graph still goes on to the
        // next part.
        _weights!.ReleasePart();
        // A layer whose computation was stopped is not carried back.
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

    // One device, read in larger pieces by one ring than by the other: the larger show what it can do.
    private static long? MaxSpeed(long? one, long? other) => one is null || other > one ? other : one;

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

    // What llama.cpp read of the file on loading counts against a cap for as long as it is mapped or cached. Rows are looked up here and
    // there, so nothing is to be read around them.
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
