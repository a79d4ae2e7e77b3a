using System.Text;

namespace MemoryWall.LlamaServer.StorageTier;

/// <summary>
/// The weights that llama.cpp repacks on loading. Those that stay are placed in huge pages. Those that are streamed are written to a file
/// in the tier's folder one after the other, so that they never take memory together, unless the file of an earlier time has them. Dispose
/// it after the model.
/// </summary>
internal sealed unsafe class RepackedWeights : IRepackTarget, IDisposable
{
    // ggml aligns tensors to 32 bytes; more than that lets no two tensors share a cache line.
    private const long Alignment = 64;

    /// <summary>Bytes of the memory in which a streamed weight is repacked, beyond those of the weight.</summary>
    public const long ScratchMargin = 2 * PageBuffer.PageSize;

    private readonly PageBuffer _resident;
    private readonly long _largestBytes;
    private readonly Func<WeightsFile> _create;
    private readonly HashSet<string> _streamed;
    private PageBuffer? _scratch;
    private long _used;

    /// <param name="tensors">The weights by name, with the bytes of each.</param>
    /// <param name="streamed">The weights that are streamed.</param>
    /// <param name="file">The file of an earlier time that has them; null for none.</param>
    /// <param name="create">Creates their file.</param>
    public RepackedWeights(IReadOnlyDictionary<string, long> tensors, IEnumerable<string> streamed, WeightsFile? file,
        Func<WeightsFile> create)
    {
        _streamed = [.. streamed];
        (File, _create) = (file, create);
        _largestBytes = _streamed.Select(name => tensors[name]).DefaultIfEmpty(0).Max();
        // Addresses only: memory is taken for those tensors that llama.cpp repacks.
        _resident = PageBuffer.Reserve(tensors.Sum(tensor => _streamed.Contains(tensor.Key) ? 0 : tensor.Value + Alignment));
        _resident.UseHugePages();
    }

    /// <summary>The streamed weights; null where none of them is repacked, so that they are streamed from the model's file.</summary>
    public WeightsFile? File { get; private set; }

    /// <summary>Bytes of repacked weights that stay in memory.</summary>
    public long ResidentBytes => _used;

    /// <summary>Whether the weights in memory are locked against swapping.</summary>
    public bool IsLocked => _used == 0 || _resident.IsLocked;

    public void Store(GgmlTensor* tensor, Action repack)
    {
        var name = Encoding.UTF8.GetString(GgmlTensor.NameOf(tensor));
        if (!_streamed.Contains(name))
        {
            tensor->Data = _resident.Address + (nint)_used;
            _used += (Ggml.Bytes(tensor) + Alignment - 1) / Alignment * Alignment;
            repack();
            return;
        }
        File ??= _create();
        if (File.HasWritten(name))
            return;
        // Its address stays: the tier points it at a slot before it is used.
        var address = tensor->Data;
        tensor->Data = Scratch.Address;
        repack();
        tensor->Data = address;
        File.Write(name, Scratch.Address);
    }

    /// <summary>The model is loaded: completes the file with the streamed weights that are not repacked, and keeps the others in
    /// memory.</summary>
    /// <param name="model">The model's file.</param>
    /// <param name="ranges">Where its tensors are.</param>
    /// <exception cref="TierException">The file cannot be completed.</exception>
    public void Complete(DirectFile model, IReadOnlyDictionary<string, (long Offset, long Bytes)> ranges)
    {
        if (_used > 0)
        {
            _resident.Collapse(_used);
            _resident.Lock(_used);
        }
        if (File is { IsComplete: false })
        {
            // Small ones beside a repacked one: from the same file, both arrive with one read.
            File.CopyMissing(model, ranges);
            File.Complete();
        }
        _scratch?.Dispose();
        _scratch = null;
    }

    public void Dispose()
    {
        File?.Dispose();
        _scratch?.Dispose();
        _resident.Dispose();
    }

    private PageBuffer Scratch => _scratch ??= PageBuffer.AllocateResident(_largestBytes + ScratchMargin);
}
