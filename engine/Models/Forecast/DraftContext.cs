using MemoryWall.Core.Facts;

namespace MemoryWall.Models.Forecast;

/// <summary>
/// The second context that a server makes to draft with the model's own prediction layers (multi-token prediction). It has the main
/// context's size and slots, a KV cache of those layers only, and a compute buffer of its own.
/// </summary>
internal static class DraftContext
{
    /// <summary>Its KV cache and compute buffer; 0 where nothing is drafted.</summary>
    public static long ComputeBytes(ModelShape shape, ForecastSettings settings, KvCacheLayout main)
    {
        if (settings.DraftTokens == 0 || settings.DraftModel is not null || shape.DraftLayers is not { Count: > 0 } layers)
            return 0;
        var own = settings.ForDrafts();
        var layout = new KvCacheLayout(own, main.ContextTokens);
        var widest = layers.Max(KvCacheLayout.ValueWidth);
        return checked(layers.Sum(layer => layout.LayerBytes(layer, widest))
            + (new ComputeBuffer(shape with { Layers = layers, PerLayerInputLength = null }, own).ReservedBytes(layout) ?? 0));
    }
}
