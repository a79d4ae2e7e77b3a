using MemoryWall.Core.Facts;

namespace MemoryWall.Models.Forecast;

/// <summary>
/// Which weights lie in accelerator memory. llama.cpp counts the output matrix as one layer more and fills from the end, so the first
/// "GPU layer" is the output and the token embedding never leaves RAM (<c>llama-model.cpp</c>, <c>i_gpu_start</c>). A shape does not
/// tell each layer's bytes, so layers count as equal.
/// </summary>
internal sealed record GpuOffload(bool IsUsed, int FirstLayer, long? WeightBytes, long CopiedEmbeddingBytes)
{
    public static GpuOffload Compute(ModelShape shape, ForecastSettings settings)
    {
        var layers = shape.Layers.Count;
        if (settings.GpuLayers == 0)
            return new GpuOffload(false, layers, 0, 0);
        var first = (int)Math.Max(layers + 1L - settings.GpuLayers, 0);
        var input = shape.InputWeightBytes ?? 0;
        var output = shape.OutputWeightBytes ?? 0;
        // A tied output matrix is the token embedding; the accelerator gets a copy of it.
        var copied = shape.OutputWeightBytes == 0 ? input : 0;
        var repeating = shape.WeightBytes - input - output;
        return new GpuOffload(true, first, (long?)(repeating * ((double)(layers - first) / layers)) + output + copied, copied);
    }
}
