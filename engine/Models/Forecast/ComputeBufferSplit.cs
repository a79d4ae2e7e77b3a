namespace MemoryWall.Models.Forecast;

/// <summary>
/// The compute buffers of RAM and of each accelerator. Each backend that runs layers has its own buffer, sized for the largest stage of the
/// whole graph. The logits are stored with the output matrix, which is on an accelerator as soon as any layer is. With all layers on
/// accelerators, the host buffer contains masks and inputs. The first accelerator also takes copies of matrices in RAM, one after the
/// other, to multiply large batches with them. The last is an estimate: of <c>gpt-oss-120b</c> with experts in RAM a log has 933 MiB on
/// the first and 166.5 MiB on the other accelerators (ollama#12403), of which one matrix of experts is 538 MiB.
/// </summary>
internal sealed class ComputeBufferSplit
{
    // Smaller batches are multiplied where the matrix is (ggml-cuda's min_batch_size).
    private const int MinCopyingBatch = 32;
    private readonly Placement _placement;
    private readonly long? _whole;
    private readonly long _layers;
    private readonly long _copy;

    public ComputeBufferSplit(ComputeBuffer buffer, KvCacheLayout layout, Placement placement)
    {
        _placement = placement;
        if (!placement.IsUsed)
        {
            Host = buffer.ReservedBytes(layout);
            return;
        }

        _whole = buffer.AcceleratorBytes(layout);
        _layers = buffer.AcceleratorLayersBytes(layout);
        _copy = layout.MicroBatchTokens >= MinCopyingBatch ? placement.LargestHostMatrixBytes : 0;
        Host = _whole is null ? null : placement.FirstLayer == 0 ? buffer.InputBytes(layout) : _layers;
        Accelerator = Enumerable.Range(0, placement.DeviceCount).Aggregate((long?)0, (sum, device) => sum + Of(device));
    }

    /// <summary>Bytes in RAM; null where unknown.</summary>
    public long? Host { get; }

    /// <summary>Bytes of all accelerators; null where unknown, and where none is used.</summary>
    public long? Accelerator { get; }

    /// <summary>Bytes of one accelerator.</summary>
    public long? Of(int device)
    {
        var copying = device == 0 && _copy > 0;
        if (!_placement.Computes(device) && !copying)
            return 0;
        if (_whole is null)
            return null;
        var layers = _layers + (copying ? _copy : 0);
        return device == _placement.OutputDevice ? Math.Max(_whole.Value, layers) : layers;
    }
}
