using MemoryWall.Core.Facts;
using MemoryWall.Models.Shapes;

namespace MemoryWall.Models.Forecast;

/// <summary>
/// The forecast of a model with given settings, with everything computed that does not depend on the context. Layers of the same kind and
/// place are computed once, so a context costs the same for a model of 16 layers and of 4,096.
/// </summary>
internal sealed class PreparedForecast
{
    private readonly ModelShape _shape;
    private readonly IReadOnlyList<LayerShape> _kinds;
    private readonly ComputeBuffer _buffer;
    private readonly int?[]? _rules;
    private readonly Placement _placement;
    private readonly long _widestValue;
    private readonly IReadOnlyList<LayerGroup> _groups;
    private readonly long? _neededWeights;
    private readonly long? _weights;
    private readonly PreparedForecast? _draftModel;

    /// <summary>Layers of one kind in one place.</summary>
    private readonly record struct LayerGroup(LayerShape Layer, int? Device, int Count);

    private PreparedForecast(
        ModelShape shape, ForecastSettings settings, int?[]? rules, ComputeBuffer buffer, PreparedForecast? draftModel)
    {
        (_shape, Settings, _rules, _buffer, _draftModel) = (shape, settings, rules, buffer, draftModel);
        _placement = new Placement(shape, settings, rules);
        _groups = [.. shape.Layers.Select((layer, index) => (layer, _placement.CacheOf(index))).CountBy(place => place)
            .Select(count => new LayerGroup(count.Key.layer, count.Key.Item2, count.Value))];
        _kinds = [.. _groups.Select(group => group.Layer).Distinct()];
        _widestValue = Math.Max(shape.WidestValueLength ?? 0, _kinds.Max(KvCacheLayout.ValueWidth));
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

    /// <summary>A forecast of valid settings.</summary>
    public static PreparedForecast Create(ModelShape shape, ForecastSettings settings)
    {
        var rules = settings.TensorOverrides.Count == 0 || shape.WeightTensors is not { } tensors ? null
            : TensorOverride.Match([.. tensors.Select(tensor => tensor.Name)], settings.TensorOverrides);
        return new(shape, settings, rules, new ComputeBuffer(shape, settings),
            settings.DraftModel is { } drafts ? Create(drafts, settings.ForDrafts()) : null);
    }

    /// <summary>The same with another number of layers on accelerators.</summary>
    public PreparedForecast WithGpuLayers(int layers)
    {
        var settings = Settings with { GpuLayers = layers };
        return new(_shape, settings, _rules, _buffer, _draftModel?.WithGpuLayers(settings.ForDrafts().GpuLayers));
    }

    /// <summary>The same with the experts of another number of first layers in RAM.</summary>
    public PreparedForecast WithCpuExperts(int layers) =>
        new(_shape, Settings with { CpuExpertLayers = layers }, _rules, _buffer, _draftModel);

    /// <summary>The patterns that match no tensor.</summary>
    public IReadOnlyList<string> FindUnmatchedOverrides() => _rules is null ? []
        : [.. Settings.TensorOverrides.Where((_, index) => !_rules.Contains(index)).Select(rule => rule.Pattern)];

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
            var draft = DraftContext.ComputeBytes(_shape, Settings, layout);
            var compute = new ComputeBufferSplit(_buffer, layout, _placement);
            var held = kv + recurrent + draft + Settings.OtherBytes + (long)Settings.BytesPerToken * contextTokens
                + layout.CellTableBytes(_kinds);
            var residentCompute = _placement.IsUsed ? compute.Host + compute.Accelerator
                : _buffer.TouchedBytes(layout);
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
            return _draftModel is null ? row : AddDraftModel(row, _draftModel.ComputeRow(contextTokens));
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
