using MemoryWall.Core.Facts;
using MemoryWall.Models.Forecast;

namespace MemoryWall.Analysis.Sessions;

/// <summary>The bytes of KV cache that one token adds.</summary>
internal static class KvTokenBytes
{
    private const int StepTokens = 4096;

    /// <summary>Bytes of all layers that attend, those with a sliding window as if they kept the whole context, as caches of blocks do;
    /// null where the shape does not say, or no layer attends.</summary>
    public static double? Find(ModelShape? shape, ForecastSettings settings)
    {
        settings = settings with { FullSlidingWindow = true, Sequences = 1 };
        if (shape is null || MemoryForecast.FindProblems(shape, settings).Count > 0)
            return null;
        var forecast = MemoryForecast.Prepare(shape, settings);
        var bytes = forecast.Compute(2 * StepTokens).KvBytes - forecast.Compute(StepTokens).KvBytes;
        return bytes > 0 ? (double)bytes / StepTokens : null;
    }

    /// <summary>Whether a part of the model's memory is a state that no single block contains, so that a prefix can be continued only where
    /// that state was kept too.</summary>
    public static bool HasState(ModelShape shape) => shape.Layers.Any(layer => layer.HasState);
}
