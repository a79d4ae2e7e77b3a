using System.IO.Hashing;
using System.Runtime.InteropServices;

namespace MemoryWall.LlamaServer.StorageTier;

/// <summary>A weight in a <see cref="WeightsFile"/>.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Bytes">Its bytes.</param>
/// <param name="PieceBytes">Bytes of the pieces that it consists of, of which each is stored in whole pages.</param>
internal sealed record StoredWeight(string Name, long Bytes, long PieceBytes)
{
    /// <summary>Distance from one piece to the next in the file.</summary>
    public long Stride => PageBuffer.RoundUp(PieceBytes);

    /// <summary>Its bytes in the file.</summary>
    public long StoredBytes => Bytes / PieceBytes * Stride;
}

/// <summary>
/// The streamed weights of one plan as they are computed with, in the tier's folder: each part contiguous, each piece of a tensor in
/// whole pages. It is written while the model loads and kept for the next time. It gets its name only when it is completely on the
/// device, and what is on the device is compared with what was written, or with the checksum of an earlier time, before it is used.
/// </summary>
internal sealed unsafe class WeightsFile : IDisposable
{
    private readonly IReadOnlyList<StoredWeight> _tensors;
    private readonly Dictionary<string, (long Offset, StoredWeight Tensor)> _places = [];
    private readonly Dictionary<string, ulong> _written = [];
    private readonly string _path;
    private readonly string _key;
    private readonly DirectFile _file;
    private readonly long _payload;
    private readonly TierFolder _folder;

    private WeightsFile(TierFolder folder, string key, IReadOnlyList<StoredWeight> tensors, Func<string, long, DirectFile> open)
    {
        (_folder, _path, _key, _tensors) = (folder, folder.GetWeightsPath(key), key, tensors);
        long at = PageBuffer.PageSize;
        foreach (var tensor in tensors)
        {
            _places[tensor.Name] = (at, tensor);
            at += tensor.StoredBytes;
        }
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
    public static WeightsFile? TryOpen(TierFolder folder, string key, IReadOnlyList<StoredWeight> tensors,
        Func<string, DirectFile> open)
    {
        var path = folder.GetWeightsPath(key);
        if (!System.IO.File.Exists(path))
            return null;
        WeightsFile? file = null;
        try
        {
            file = new WeightsFile(folder, key, tensors, (_, _) => open(path));
            file.IsComplete = new FileInfo(path).Length == file.Bytes && file.IsHeaderRight();
            if (file.IsComplete)
            {
                folder.KeepWeights(path);
                TierFolder.MarkUsed(path);
                return file;
            }
        }
        catch (Exception error) when (error is TierException || TierException.IsOfFiles(error))
        {
            // A device that cannot read the file may still be able to write another one, which takes its place.
        }
        file?.Dispose();
        TierFolder.TryDelete(new FileInfo(path));
        return null;
    }

    /// <summary>Creates the file under a temporary name.</summary>
    /// <param name="folder">The tier's folder.</param>
    /// <param name="key">As in <see cref="TryOpen"/>.</param>
    /// <param name="tensors">As in <see cref="TryOpen"/>.</param>
    /// <param name="create">Creates a file of some bytes.</param>
    /// <exception cref="TierException">It exceeds the storage budget or the free space of the device.</exception>
    public static WeightsFile Create(TierFolder folder, string key, IReadOnlyList<StoredWeight> tensors,
        Func<string, long, DirectFile> create) => new(folder, key, tensors,
            (path, bytes) => create(TierFolder.GetTemporaryPath(path), bytes));

    /// <summary>Whether a tensor is, or will be, in the file.</summary>
    public bool Contains(string name) => _places.ContainsKey(name);

    /// <summary>Offset of a tensor's first piece.</summary>
    public long OffsetOf(string name) => _places[name].Offset;

    /// <summary>Whether a tensor was already written.</summary>
    public bool HasWritten(string name) => IsComplete || _written.ContainsKey(name);

    /// <summary>Where tensors are in the file and in the memory that they are read into together.</summary>
    public TensorGroupLayout CreateLayout(IEnumerable<SurveyedTensor> tensors) =>
        new(tensors.Select(tensor => (tensor.Name, _places[tensor.Name].Offset, _places[tensor.Name].Tensor.Bytes)));

    /// <summary>Writes a tensor.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="memory">Its bytes, in whole pages.</param>
    /// <exception cref="TierException">It cannot be written.</exception>
    public void Write(string name, nint memory)
    {
        var (offset, tensor) = _places[name];
        var hash = new XxHash3();
        // Pieces of whole pages lie in the file as they lie in memory.
        if (tensor.StoredBytes == PageBuffer.RoundUp(tensor.Bytes))
        {
            WritePiece(offset, memory, tensor.Bytes, hash);
        }
        else
        {
            using var piece = PageBuffer.AllocateResident(tensor.Stride);
            for (long at = 0; at < tensor.Bytes; at += tensor.PieceBytes, offset += tensor.Stride)
            {
                Buffer.MemoryCopy((void*)(memory + (nint)at), (void*)piece.Address, tensor.Stride, tensor.PieceBytes);
                WritePiece(offset, piece.Address, tensor.PieceBytes, hash);
            }
        }
        _written[name] = hash.GetCurrentHashAsUInt64();
    }

    /// <summary>Copies the tensors that were not written from the model's file, piece by piece.</summary>
    /// <param name="model">The model's file.</param>
    /// <param name="ranges">Where its tensors are.</param>
    /// <exception cref="TierException">They cannot be read or written.</exception>
    public void CopyMissing(DirectFile model, IReadOnlyDictionary<string, (long Offset, long Bytes)> ranges)
    {
        var missing = _tensors.Where(tensor => !HasWritten(tensor.Name)).ToList();
        if (missing.Count == 0)
            return;
        using var memory = PageBuffer.AllocateResident(missing.Max(tensor => tensor.Stride) + 2 * PageBuffer.PageSize);
        foreach (var tensor in missing)
        {
            var hash = new XxHash3();
            for (long at = 0, to = OffsetOf(tensor.Name); at < tensor.Bytes; at += tensor.PieceBytes, to += tensor.Stride)
            {
                var from = ranges[tensor.Name].Offset + at;
                var first = PageBuffer.RoundDown(from);
                model.Read(first, memory.Address, PageBuffer.RoundUp(from + tensor.PieceBytes) - first, from + tensor.PieceBytes - first);
                Buffer.MemoryCopy((void*)(memory.Address + (nint)(from - first)), (void*)memory.Address, memory.Bytes, tensor.PieceBytes);
                WritePiece(to, memory.Address, tensor.PieceBytes, hash);
            }
            _written[tensor.Name] = hash.GetCurrentHashAsUInt64();
        }
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
        try
        {
            System.IO.File.Move(TierFolder.GetTemporaryPath(_path), _path, overwrite: true);
        }
        catch (Exception error) when (TierException.IsOfFiles(error))
        {
            throw TierException.From(error);
        }
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
            && header.Checksum == Combine(_tensors.Select(tensor => HashStored(tensor, memory.Address)));
    }

    private ulong HashStored(StoredWeight tensor, nint memory)
    {
        var hash = new XxHash3();
        // Pieces of whole pages are read as one.
        var pieceBytes = tensor.StoredBytes == PageBuffer.RoundUp(tensor.Bytes) ? tensor.Bytes : tensor.PieceBytes;
        for (long piece = 0, offset = OffsetOf(tensor.Name); piece < tensor.Bytes; piece += pieceBytes, offset += tensor.Stride)
        {
            for (long at = 0; at < pieceBytes; at += DirectFile.MaxTransferBytes)
            {
                var some = Math.Min(DirectFile.MaxTransferBytes, pieceBytes - at);
                var whole = PageBuffer.RoundUp(some);
                _file.Read(offset + at, memory, whole, whole);
                hash.Append(new ReadOnlySpan<byte>((void*)memory, (int)some));
            }
        }
        return hash.GetCurrentHashAsUInt64();
    }

    // Clears the rest of the last page.
    private void WritePiece(long offset, nint memory, long bytes, XxHash3 hash)
    {
        var whole = PageBuffer.RoundUp(bytes);
        new Span<byte>((void*)(memory + (nint)bytes), (int)(whole - bytes)).Clear();
        for (long at = 0; at < bytes; at += DirectFile.MaxTransferBytes)
            hash.Append(new ReadOnlySpan<byte>((void*)(memory + (nint)at), (int)Math.Min(DirectFile.MaxTransferBytes, bytes - at)));
        _file.Write(offset, memory, whole);
    }

    private static ulong Combine(IEnumerable<ulong> hashes) => XxHash3.HashToUInt64(MemoryMarshal.AsBytes<ulong>(hashes.ToArray()));
}
