using MemoryWall.Core.Facts;

namespace MemoryWall.Models.Forecast;

/// <summary>
/// The compute buffers of RAM and of each accelerator. Each backend that runs layers has its own buffer, sized for the largest stage of the
/// whole graph. The logits are stored with the output matrix, which is on an accelerator as soon as any layer is. With all layers on
/// accelerators, the host buffer contains masks and inputs.
/// </summary>
internal sealed class ComputeBufferSplit
{
    private readonly Placement _placement;
    private readonly long? _whole;
    private readonly long _layers;

    public ComputeBufferSplit(ModelShape shape, ForecastSettings settings, KvCacheLayout layout, Placement placement, long? whole)
    {
        (_placement, _whole) = (placement, whole);
        _layers = ComputeBuffer.LayerStagesBytes(shape, settings, layout);
        Host = !placement.IsUsed || whole is null ? whole
            : placement.FirstLayer == 0
                ? ComputeBuffer.AttentionMaskBytes(shape, settings, layout) + 4L * layout.MicroBatchTokens * shape.EmbeddingLength
            : _layers;
        Accelerator = placement.IsUsed
            ? Enumerable.Range(0, placement.DeviceCount).Aggregate((long?)0, (sum, device) => sum + Of(device))
            : null;
    }

    /// <summary>Bytes in RAM; null where unknown.</summary>
    public long? Host { get; }

    /// <summary>Bytes of all accelerators; null where unknown, and where none is used.</summary>
    public long? Accelerator { get; }

    /// <summary>Bytes of one accelerator.</summary>
    public long? Of(int device) => !_placement.Computes(device) ? 0
        : device == _placement.OutputDevice || _whole is null ? _whole : _layers;
}
