using MemoryWall.Core.Facts;

namespace MemoryWall.Models.Forecast;

/// <summary>
/// Computes which weights are in accelerator memory. llama.cpp counts the output matrix as an additional last layer and offloads from the
/// end, so the first "GPU layer" is the output matrix, and the token embedding always stays in RAM (<c>llama-model.cpp</c>,
/// <c>i_gpu_start</c>). The shape has no bytes per layer, so all layers count as equal.
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
        // A tied output matrix is the token embedding, of which the accelerator gets a copy.
        var copied = shape.OutputWeightBytes == 0 ? input : 0;
        var repeating = shape.WeightBytes - input - output;
        return new GpuOffload(true, first, (long?)(repeating * ((double)(layers - first) / layers)) + output + copied, copied);
    }
}
