using System.IO.Hashing;
using System.Runtime.InteropServices;

namespace MemoryWall.LlamaServer.StorageTier;

/// <summary>
/// The streamed weights of one plan as they are computed with, in the tier's folder: each part contiguous, each tensor in whole pages. It
/// is written while the model loads and kept for the next time. It gets its name only when it is completely on the device, and what is on
/// the device is compared with what was written, or with the checksum of an earlier time, before it is used.
/// </summary>
internal sealed unsafe class WeightsFile : IDisposable
{
    private readonly IReadOnlyList<(string Name, long Offset, long Bytes)> _tensors;
    private readonly Dictionary<string, (long Offset, long Bytes)> _ranges;
    private readonly Dictionary<string, ulong> _written = [];
    private readonly string _path;
    private readonly string _key;
    private readonly DirectFile _file;
    private readonly long _payload;
    private readonly TierFolder _folder;

    private WeightsFile(TierFolder folder, string key, IEnumerable<(string Name, long Bytes)> tensors, Func<string, long, DirectFile> open)
    {
        (_folder, _path, _key) = (folder, folder.GetWeightsPath(key), key);
        var (places, at) = (new List<(string, long, long)>(), (long)PageBuffer.PageSize);
        foreach (var (name, bytes) in tensors)
        {
            places.Add((name, at, bytes));
            at += PageBuffer.RoundUp(bytes);
        }
        _tensors = places;
        _ranges = places.ToDictionary(place => place.Item1, place => (place.Item2, place.Item3));
        _payload = at - PageBuffer.PageSize;
        _file = open(_path, at);
    }

    /// <summary>The file for reads.</summary>
    public DirectFile File => _file;

    /// <summary>Whether all weights are in it and verified.</summary>
    public bool IsComplete { get; private set; }

    /// <summary>Size of the file.</summary>
    public long Bytes => _payload + PageBuffer.PageSize;

    /// <summary>Opens the file of an earlier time; null where there is none. A damaged file is deleted.</summary>
    /// <param name="folder">The tier's folder.</param>
    /// <param name="key">The hash of what the bytes depend on: model, build, processor and the tensors.</param>
    /// <param name="tensors">The streamed tensors in order of their use.</param>
    /// <param name="open">Opens a file for reading.</param>
    public static WeightsFile? TryOpen(TierFolder folder, string key, IReadOnlyList<(string Name, long Bytes)> tensors,
        Func<string, DirectFile> open)
    {
        var path = folder.GetWeightsPath(key);
        if (!System.IO.File.Exists(path))
            return null;
        var file = new WeightsFile(folder, key, tensors, (_, _) => open(path));
        try
        {
            file.IsComplete = new FileInfo(path).Length == file.Bytes && file.IsHeaderRight();
            if (file.IsComplete)
            {
                folder.KeepWeights(path);
                System.IO.File.SetLastWriteTimeUtc(path, TimeProvider.System.GetUtcNow().UtcDateTime);
                return file;
            }
        }
        catch (TierException)
        {
            // A device that cannot read the file may still be able to write another one.
        }
        file.Dispose();
        System.IO.File.Delete(path);
        return null;
    }

    /// <summary>Creates the file under a temporary name.</summary>
    /// <param name="folder">The tier's folder.</param>
    /// <param name="key">As in <see cref="TryOpen"/>.</param>
    /// <param name="tensors">As in <see cref="TryOpen"/>.</param>
    /// <param name="create">Creates a file of some bytes.</param>
    /// <exception cref="TierException">It exceeds the storage budget or the free space of the device.</exception>
    public static WeightsFile Create(TierFolder folder, string key, IReadOnlyList<(string Name, long Bytes)> tensors,
        Func<string, long, DirectFile> create) => new(folder, key, tensors,
            (path, bytes) => create(TierFolder.GetTemporaryPath(path), bytes));

    /// <summary>Whether a tensor is, or will be, in the file.</summary>
    public bool Contains(string name) => _ranges.ContainsKey(name);

    /// <summary>Whether a tensor was already written.</summary>
    public bool HasWritten(string name) => IsComplete || _written.ContainsKey(name);

    /// <summary>Where tensors are in the file and in the memory that they are read into together.</summary>
    public TensorGroupLayout CreateLayout(IEnumerable<SurveyedTensor> tensors) =>
        new(tensors.Select(tensor => (tensor.Name, _ranges[tensor.Name].Offset, _ranges[tensor.Name].Bytes)));

    /// <summary>Writes a tensor.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="memory">Its bytes, in whole pages.</param>
    /// <exception cref="TierException">It cannot be written.</exception>
    public void Write(string name, nint memory)
    {
        var (offset, bytes) = _ranges[name];
        var whole = PageBuffer.RoundUp(bytes);
        new Span<byte>((void*)(memory + (nint)bytes), (int)(whole - bytes)).Clear();
        _written[name] = Hash(memory, bytes);
        _file.Write(offset, memory, whole);
    }

    /// <summary>All tensors are written: verifies them on the device and gives the file its name.</summary>
    /// <exception cref="TierException">The device returns other bytes than were written.</exception>
    public void Complete()
    {
        var checksum = Combine(_tensors.Select(tensor => _written[tensor.Name]));
        using (var page = PageBuffer.AllocateResident(PageBuffer.PageSize))
        {
            new TierFileHeader(_key, _tensors.Count, _payload, checksum).Write(new Span<byte>((void*)page.Address, PageBuffer.PageSize));
            _file.Write(0, page.Address, PageBuffer.PageSize);
        }
        _file.Flush();
        // What the file system keeps in memory is not what a later read of the device returns.
        _file.DropCache();
        if (!IsHeaderRight())
            throw new TierException(TierProblem.StorageError, $"{_path} does not have the bytes that were written to it");
        System.IO.File.Move(TierFolder.GetTemporaryPath(_path), _path, overwrite: true);
        _folder.KeepWeights(_path);
        IsComplete = true;
    }

    public void Dispose()
    {
        _file.Dispose();
        if (!IsComplete)
            System.IO.File.Delete(TierFolder.GetTemporaryPath(_path));
    }

    private bool IsHeaderRight()
    {
        using var memory = PageBuffer.AllocateResident(DirectFile.MaxTransferBytes);
        _file.Read(0, memory.Address, PageBuffer.PageSize, PageBuffer.PageSize);
        return TierFileHeader.Read(new ReadOnlySpan<byte>((void*)memory.Address, PageBuffer.PageSize)) is { } header
            && header.Key == _key && header.Count == _tensors.Count && header.Payload == _payload
            && header.Checksum == Combine(_tensors.Select(tensor => HashStored(tensor.Offset, tensor.Bytes, memory.Address)));
    }

    private ulong HashStored(long offset, long bytes, nint memory)
    {
        var hash = new XxHash3();
        for (long at = 0; at < bytes; at += DirectFile.MaxTransferBytes)
        {
            var some = Math.Min(DirectFile.MaxTransferBytes, bytes - at);
            var whole = PageBuffer.RoundUp(some);
            _file.Read(offset + at, memory, whole, whole);
            hash.Append(new ReadOnlySpan<byte>((void*)memory, (int)some));
        }
        return hash.GetCurrentHashAsUInt64();
    }

    private static ulong Hash(nint memory, long bytes)
    {
        var hash = new XxHash3();
        for (long at = 0; at < bytes; at += DirectFile.MaxTransferBytes)
            hash.Append(new ReadOnlySpan<byte>((void*)(memory + (nint)at), (int)Math.Min(DirectFile.MaxTransferBytes, bytes - at)));
        return hash.GetCurrentHashAsUInt64();
    }

    private static ulong Combine(IEnumerable<ulong> hashes) => XxHash3.HashToUInt64(MemoryMarshal.AsBytes<ulong>(hashes.ToArray()));
}
