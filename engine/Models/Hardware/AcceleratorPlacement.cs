using MemoryWall.Core.Facts;
using MemoryWall.Models.Forecast;

namespace MemoryWall.Models.Hardware;

/// <summary>
/// Chooses what is on graphics processors as llama.cpp's <c>--fit</c> does: everything where it fits; of a mixture the experts of as few
/// first layers as necessary in RAM; else as many layers as fit. Several processors share in proportion to the memory that can be used.
/// </summary>
internal static class AcceleratorPlacement
{
    /// <summary>The settings with the placement, and the memory with it.</summary>
    public static (ForecastSettings Settings, ForecastRow Row) Choose(ModelShape shape, ForecastSettings settings, int contextTokens,
        IReadOnlyList<long> usable)
    {
        (ForecastSettings Settings, ForecastRow Row) Place(int layers, int cpuExperts)
        {
            var placed = settings with { GpuLayers = layers, CpuExpertLayers = cpuExperts };
            return (placed, MemoryForecast.Compute(shape, placed, contextTokens));
        }
        bool Fits(int layers, int cpuExperts) => Place(layers, cpuExperts).Row.Accelerators is { } devices
            && devices.Zip(usable).All(device => device.First.TotalBytes <= device.Second);

        var count = Placement.CreateWithoutRules(shape, settings).BlockCount;
        if (!usable.Any(bytes => bytes > 0))
            return Place(0, 0);
        settings = settings with { TensorSplit = usable.Count > 1 ? [.. usable.Select(bytes => (double)bytes)] : [] };
        if (Fits(count + 1, 0))
            return Place(count + 1, 0);
        var hasExperts = shape.LayerWeights is { } weights && weights.Count == count && weights.Any(layer => layer.ExpertBytes > 0);
        if (hasExperts && Fits(count + 1, count))
            return Place(count + 1, FindSmallest(1, count, experts => Fits(count + 1, experts)));
        var inRam = hasExperts ? count : 0;
        var left = FindSmallest(1, count + 1, away => away == count + 1 || Fits(count + 1 - away, inRam));
        return left == count + 1 ? Place(0, 0) : Place(count + 1 - left, inRam);
    }

    /// <summary>The smallest number of a range that holds, where every larger one does.</summary>
    public static int FindSmallest(int low, int high, Func<int, bool> holds)
    {
        while (low < high)
        {
            var middle = low + (high - low) / 2;
            if (holds(middle))
                high = middle;
            else
                low = middle + 1;
        }
        return low;
    }
}
