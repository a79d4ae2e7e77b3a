using MemoryWall.Core.Facts;

namespace MemoryWall.Models.Forecast;

/// <summary>
/// The second context that a server makes to draft with the model's own prediction layers (multi-token prediction). It has the main
/// context's size and slots, a KV cache of those layers only, and a compute buffer of its own.
/// </summary>
internal sealed class DraftContext
{
    private readonly ForecastSettings _settings;
    private readonly IReadOnlyList<LayerShape> _layers;
    private readonly ComputeBuffer _buffer;

    private DraftContext(ModelShape shape, ForecastSettings settings, IReadOnlyList<LayerShape> layers)
    {
        (_settings, _layers) = (settings, layers);
        // In a mixture of experts these layers have experts, also where the first layers have none.
        _buffer = new ComputeBuffer(shape with
        {
            Layers = layers,
            PerLayerInputLength = null,
            LeadingDenseLayers = null,
            ExpertPeriod = 1,
        }, settings, isForDrafts: true);
    }

    /// <summary>The context; null where the model does not draft with layers of its own.</summary>
    public static DraftContext? Create(ModelShape shape, ForecastSettings settings) =>
        settings.DraftTokens == 0 || settings.DraftModel is not null || shape.DraftLayers is not { Count: > 0 } layers ? null
            : new(shape, settings.ForDrafts(), layers);

    /// <summary>Its KV cache and compute buffer.</summary>
    public long ComputeBytes(int contextTokens)
    {
        var layout = new KvCacheLayout(_settings, contextTokens);
        var widest = _layers.Max(KvCacheLayout.ValueWidth);
        return checked(_layers.Sum(layer => layout.LayerBytes(layer, widest)) + (_buffer.ReservedBytes(layout) ?? 0));
    }
}
