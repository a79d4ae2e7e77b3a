using MemoryWall.Core.Facts;
using MemoryWall.Models.Shapes;

namespace MemoryWall.Models.Forecast;

/// <summary>
/// The forecast of a model with given settings, with everything computed that does not depend on the context. Layers of the same kind and
/// place are computed once, so a context costs the same for a model of 16 layers and of 4,096. Forecasts that are made from another share
/// what both need.
/// </summary>
internal sealed class PreparedForecast
{
    private readonly ModelShape _shape;
    private readonly Shared _shared;
    private readonly Placement _placement;
    private readonly long _widestValue;
    private readonly IReadOnlyList<LayerGroup> _groups;
    private readonly long? _neededWeights;
    private readonly long? _weights;

    /// <summary>Layers of one kind in one place.</summary>
    private readonly record struct LayerGroup(LayerShape Layer, int? Device, int Count);

    /// <summary>What forecasts of one model can share.</summary>
    private sealed record Shared(ModelIndex Index, ComputeBuffer Buffer, DraftContext? Drafts, PreparedForecast? DraftModel);

    private PreparedForecast(ModelShape shape, ForecastSettings settings, Shared shared)
    {
        (_shape, Settings, _shared) = (shape, settings, shared);
        _placement = new Placement(shape, settings, Index);
        _groups = GroupLayers();
        _widestValue = Math.Max(shape.WidestValueLength ?? 0, Index.Kinds.Max(KvCacheLayout.ValueWidth));
        // Without mmap, a tied embedding is stored twice: as it is for row lookups, and repacked for the output.
        var twice = settings is { Repack: true, MappedWeights: false } && !_placement.IsUsed
            && shape is { OutputWeightBytes: 0, RepackCopyBytes: > 0 } ? shape.InputWeightBytes ?? 0 : 0;
        _neededWeights = shape.WeightBytes + _placement.CopiedEmbeddingBytes + twice + settings.ProjectorBytes
            + (settings is { DraftTokens: > 0, DraftModel: null } ? shape.DraftWeightBytes ?? 0 : 0);
        // An unknown copy counts as 0, so that the sum is still known.
        _weights = _neededWeights
            + (settings is not { Repack: true, MappedWeights: true } || _placement.IsUsed ? 0
                : settings.MapsRangesApart ? shape.RepackedEmbeddingBytes : shape.RepackCopyBytes ?? 0);
    }

    /// <summary>The settings, as llama.cpp applies them to this model.</summary>
    public ForecastSettings Settings { get; }

    private ModelIndex Index => _shared.Index;

    /// <summary>A forecast of valid settings.</summary>
    public static PreparedForecast Create(ModelShape shape, ForecastSettings settings) =>
        Create(shape, settings, new ModelIndex(shape, settings.TensorOverrides));

    private static PreparedForecast Create(ModelShape shape, ForecastSettings settings, ModelIndex index) => new(shape, settings,
        new(index, new ComputeBuffer(shape, settings), DraftContext.Create(shape, settings),
            settings.DraftModel is { } drafts ? Create(drafts, settings.ForDrafts()) : null));

    /// <summary>The same with weights of other sizes.</summary>
    public PreparedForecast WithWeights(ModelShape shape) => new(shape, Settings, _shared);

    /// <summary>The same with settings that move no other tensors.</summary>
    public PreparedForecast With(ForecastSettings settings) => Create(_shape, settings, Index);

    /// <summary>The same with another number of layers on accelerators, and the experts of so many first layers in RAM.</summary>
    public PreparedForecast WithPlacement(int gpuLayers, int cpuExpertLayers)
    {
        var settings = Settings with { GpuLayers = gpuLayers, CpuExpertLayers = cpuExpertLayers };
        return new(_shape, settings,
            _shared with { DraftModel = _shared.DraftModel?.WithPlacement(settings.ForDrafts().GpuLayers, cpuExpertLayers: 0) });
    }

    /// <summary>The patterns that match no tensor.</summary>
    public IReadOnlyList<string> FindUnmatchedOverrides() => _shape.WeightTensors is null ? []
        : [.. Settings.TensorOverrides.Where((_, rule) => !Index.IsUsed(rule)).Select(rule => rule.Pattern)];

    /// <summary>Memory at one context.</summary>
    /// <param name="contextTokens">The context window in tokens (<c>n_ctx</c>), 1 or more. llama.cpp pads it to 256.</param>
    /// <exception cref="ArgumentException">The sizes of the model are out of range.</exception>
    public ForecastRow Compute(int contextTokens)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(contextTokens, 1);
        try
        {
            return ComputeRow(contextTokens);
        }
        catch (OverflowException)
        {
            throw new ArgumentException($"the sizes of model '{_shape.Name ?? _shape.Architecture}' are out of range",
                nameof(contextTokens));
        }
    }

    private List<LayerGroup> GroupLayers()
    {
        // RAM is the place after the last accelerator.
        var (ram, kinds) = (_placement.DeviceCount, Index.Kinds.Count);
        var counts = new int[checked((ram + 1) * kinds)];
        for (var layer = 0; layer < Index.KindOf.Length; layer++)
            counts[(_placement.CacheOf(layer) ?? ram) * kinds + Index.KindOf[layer]]++;
        var groups = new List<LayerGroup>();
        for (var i = 0; i < counts.Length; i++)
        {
            if (counts[i] > 0)
                groups.Add(new(Index.Kinds[i % kinds], i / kinds == ram ? null : i / kinds, counts[i]));
        }
        return groups;
    }

    private ForecastRow ComputeRow(int contextTokens)
    {
        checked
        {
            var layout = new KvCacheLayout(Settings, contextTokens);
            var caches = new long[_placement.DeviceCount];
            long kv = 0, recurrent = 0;
            var copies = Settings is { DraftTokens: > 0, DraftModel: null } && KnownArchitectures.KeepsStatesForDrafts(_shape.Architecture)
                ? 1 + Settings.DraftTokens : 1;
            foreach (var (layer, device, count) in _groups)
            {
                var (bytes, states) = (count * layout.LayerBytes(layer, _widestValue), count * copies * layout.StateBytes(layer));
                kv += bytes;
                recurrent += states;
                if (device is { } accelerator)
                    caches[accelerator] += bytes + states;
            }
            var offloadedKv = caches.Sum();
            var draft = _shared.Drafts?.ComputeBytes(contextTokens) ?? 0;
            var compute = new ComputeBufferSplit(_shared.Buffer, layout, _placement);
            var held = kv + recurrent + draft + Settings.OtherBytes + (long)Settings.BytesPerToken * contextTokens
                + layout.CellTableBytes(Index.Kinds);
            var residentCompute = _placement.IsUsed ? compute.Host + compute.Accelerator
                : _shared.Buffer.TouchedBytes(layout);
            var anonymousWeights = Settings.MappedWeights ? _weights - _neededWeights : _neededWeights;
            var row = new ForecastRow
            {
                ContextTokens = contextTokens,
                WeightsBytes = _weights,
                KvBytes = kv,
                RecurrentBytes = recurrent,
                DraftBytes = draft,
                ComputeBytes = compute.Host + (compute.Accelerator ?? 0),
                OtherBytes = Settings.OtherBytes,
                ResidentBytes = _neededWeights + held + residentCompute,
                AnonymousBytes = anonymousWeights + held + residentCompute,
                TouchedBytesPerToken = (_shape.ActiveWeightBytes ?? (_shape.ExpertCount is null ? _shape.WeightBytes : null))
                    + kv + recurrent,
                Host = new TierBytes(_weights - _placement.WeightBytes, kv + recurrent - offloadedKv,
                    compute.Host + Settings.OtherBytes + draft),
                Accelerator = _placement.IsUsed ? new TierBytes(_placement.WeightBytes, offloadedKv, compute.Accelerator) : null,
                Accelerators = _placement.IsUsed
                    ? [.. caches.Select((bytes, device) => new TierBytes(_placement.WeightsOf(device), bytes, compute.Of(device)))] : null,
            };
            return _shared.DraftModel is { } drafts ? AddDraftModel(row, drafts.ComputeRow(contextTokens)) : row;
        }
    }

    // What drafts is shown apart, and is where its own placement has it.
    private static ForecastRow AddDraftModel(ForecastRow row, ForecastRow drafts) => row with
    {
        DraftBytes = drafts.TotalBytes,
        ResidentBytes = row.ResidentBytes + drafts.ResidentBytes,
        AnonymousBytes = row.AnonymousBytes + drafts.AnonymousBytes,
        Host = row.Host.Add(drafts.Host),
        Accelerator = drafts.Accelerator is { } own ? row.Accelerator?.Add(own) : row.Accelerator,
        Accelerators = drafts.Accelerators is { } each
            ? row.Accelerators?.Zip(each, (bytes, more) => bytes.Add(more)).ToList() : row.Accelerators,
    };
}
