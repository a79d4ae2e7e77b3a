using System.IO.Hashing;

namespace MemoryWall.LlamaServer.StorageTier;

/// <summary>
/// Writes and reads the KV cells of a sequence: a header, the rows of each layer, and a tail of the caller. A file gets its name only when
/// it is completely on the device, so an incomplete one is never found. Its checksum is verified while it is read.
/// </summary>
internal sealed unsafe class KvStateFile(KvTier kv, StorageMeter meter, StorageThrottle throttle)
{
    // Several reads are under way while one is verified: the device is never idle. Those that do not go straight to their place take
    // slots, and more of them would take memory from the model.
    private const int ReadsAhead = 16;
    private const int ReadSlots = 4;
    private const int ReadBytes = 1 << 20;

    /// <summary>The size of a file.</summary>
    public long GetBytes(int tokens, int tailBytes) => PageBuffer.PageSize + GetPayload(tokens, tailBytes);

    /// <summary>Writes the first cells of the KV cache.</summary>
    /// <param name="path">The file, which is replaced.</param>
    /// <param name="key">The hash of what the content depends on.</param>
    /// <param name="tokens">The number of cells.</param>
    /// <param name="tail">What follows the cells.</param>
    /// <param name="stop">Called between transfers with the share that is written; true gives up.</param>
    /// <exception cref="TierException">The device failed.</exception>
    /// <exception cref="OperationCanceledException">It was given up.</exception>
    public void Write(string path, string key, int tokens, ReadOnlySpan<byte> tail, Func<double, bool>? stop = null)
    {
        using var memory = PageBuffer.AllocateResident(DirectFile.MaxTransferBytes);
        Write(path, new TierFileHeader(key, tokens, GetPayload(tokens, tail.Length), 0), tail, stop, piece =>
        {
            kv.ReadCells(piece, memory.Address);
            return memory.Address;
        });
    }

    /// <summary>Writes a copy of cells, as <see cref="Write(string, string, int, ReadOnlySpan{byte}, Func{double, bool}?)"/>.</summary>
    public void Write(string path, string key, KvCopy copy, ReadOnlySpan<byte> tail, Func<double, bool>? stop)
    {
        var tokens = copy.Conversation.Tokens.Length;
        Write(path, new TierFileHeader(key, tokens, GetPayload(tokens, tail.Length), 0), tail, stop, copy.AddressOf);
    }

    /// <summary>Loads cells into the KV cache. Where the file is damaged, they are in unused cells.</summary>
    /// <returns>The tail.</returns>
    /// <exception cref="DamagedStateException">The file is not what was written.</exception>
    public byte[] Load(string path, string key, int tokens, int tailBytes)
    {
        byte[] tail = [];
        using var file = DirectFile.OpenRead(path, meter, throttle);
        var header = CheckHeader(file, path, key, tokens, tailBytes);
        kv.ReplaceContents(tokens, () => tail = Read(file, header, tailBytes, KvTier.FindPages,
            (piece, memory) => kv.WriteRows(piece.Rows, piece.At, memory, piece.Bytes)));
        return tail;
    }

    /// <summary>Loads cells into a copy, whose contents are not known where the file is damaged.</summary>
    /// <exception cref="DamagedStateException">The file is not what was written.</exception>
    public void Load(string path, string key, KvCopy copy, int tailBytes)
    {
        using var file = DirectFile.OpenRead(path, meter, throttle);
        var header = CheckHeader(file, path, key, copy.Conversation.Tokens.Length, tailBytes);
        Read(file, header, tailBytes, piece => copy.AddressOf(piece), (_, _) => { });
    }

    /// <summary>Reads the key, the number of cells and the tail of a file without its cells; the caller verifies the tail. Null where the
    /// header is damaged or the file has another length.</summary>
    /// <param name="path">The file.</param>
    /// <param name="tailBytes">The size of the tail for a number of cells.</param>
    public (string Key, int Tokens, byte[] Tail)? ReadTail(string path, Func<int, int> tailBytes)
    {
        using var file = DirectFile.OpenRead(path, meter, throttle);
        using var memory = PageBuffer.AllocateResident(ReadBytes);
        const int MostTokens = 1 << 28;
        if (new FileInfo(path).Length < PageBuffer.PageSize || ReadHeader(file, memory) is not { Count: > 0 and < MostTokens } header
            || new FileInfo(path).Length != GetBytes(header.Count, tailBytes(header.Count)))
            return null;
        var bytes = tailBytes(header.Count);
        var from = PageBuffer.PageSize + header.Payload - PageBuffer.RoundUp(bytes);
        return (header.Key, header.Count, ReadTail(file, memory, from, bytes, null));
    }

    private TierFileHeader CheckHeader(DirectFile file, string path, string key, int tokens, int tailBytes)
    {
        using var memory = PageBuffer.AllocateResident(PageBuffer.PageSize);
        var header = ReadHeader(file, memory);
        if (new FileInfo(path).Length != GetBytes(tokens, tailBytes))
            throw new DamagedStateException("of the wrong length");
        return header is not null && header.Key == key && header.Count == tokens && header.Payload == GetPayload(tokens, tailBytes)
            ? header
            : throw new DamagedStateException("damaged in its header");
    }

    // A piece is read to the pages where it belongs, or else to a slot from which it is put there.
    private byte[] Read(DirectFile file, TierFileHeader header, int tailBytes, Func<KvPiece, nint?> findPages,
        Action<KvPiece, nint> put)
    {
        // Touched only where pieces do not go straight to their place.
        using var slots = PageBuffer.Reserve(ReadSlots * ReadBytes);
        slots.UseHugePages();
        using var reads = new ReadAheadQueue(file, ReadsAhead);
        var checksum = new XxHash3();
        var pending = new Queue<(KvPiece Piece, nint Memory, bool IsInPlace)>();
        void Complete()
        {
            var (piece, memory, isInPlace) = pending.Dequeue();
            reads.Wait(1);
            checksum.Append(new ReadOnlySpan<byte>((void*)memory, (int)piece.Bytes));
            if (!isInPlace)
                put(piece, memory);
        }

        var slot = 0;
        long end = PageBuffer.PageSize;
        foreach (var piece in KvPiece.Enumerate(kv, header.Count, ReadBytes))
        {
            var pages = findPages(piece);
            while (pending.Count == ReadsAhead || (pages is null && pending.Count(read => !read.IsInPlace) == ReadSlots))
                Complete();
            var memory = pages ?? slots.Address + slot++ % ReadSlots * ReadBytes;
            reads.Enqueue(PageBuffer.PageSize + piece.Offset, memory, piece.Bytes, piece.Bytes);
            pending.Enqueue((piece, memory, pages is not null));
            end = PageBuffer.PageSize + piece.Offset + piece.Bytes;
        }
        while (pending.Count > 0)
            Complete();
        var tail = ReadTail(file, slots, end, tailBytes, checksum);
        return checksum.GetCurrentHashAsUInt64() == header.Checksum
            ? tail
            : throw new DamagedStateException("damaged (its checksum differs)");
    }

    private static TierFileHeader? ReadHeader(DirectFile file, PageBuffer memory)
    {
        file.Read(0, memory.Address, PageBuffer.PageSize, PageBuffer.PageSize);
        return TierFileHeader.Read(new ReadOnlySpan<byte>((void*)memory.Address, PageBuffer.PageSize));
    }

    private static byte[] ReadTail(DirectFile file, PageBuffer memory, long from, int tailBytes, XxHash3? checksum)
    {
        var tail = new byte[tailBytes];
        for (long at = 0, end = PageBuffer.RoundUp(tailBytes); at < end; at += ReadBytes)
        {
            var bytes = (int)Math.Min(ReadBytes, end - at);
            file.Read(from + at, memory.Address, bytes, bytes);
            var page = new ReadOnlySpan<byte>((void*)memory.Address, bytes);
            checksum?.Append(page);
            var rest = tail.AsSpan((int)at);
            page[..Math.Min(bytes, rest.Length)].CopyTo(rest);
        }
        return tail;
    }

    private void Write(string path, TierFileHeader header, ReadOnlySpan<byte> tail, Func<double, bool>? stop, Func<KvPiece, nint> find)
    {
        var temporary = TierFolder.GetTemporaryPath(path);
        try
        {
            WriteTemporary(temporary, header, tail, stop, find);
            File.Move(temporary, path, overwrite: true);
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    private void WriteTemporary(string path, TierFileHeader header, ReadOnlySpan<byte> tail, Func<double, bool>? stop,
        Func<KvPiece, nint> find)
    {
        using var file = DirectFile.CreateNew(path, meter, throttle);
        using var memory = PageBuffer.AllocateResident(ReadBytes);
        file.Allocate(header.Payload + PageBuffer.PageSize);
        var checksum = new XxHash3();
        long to = PageBuffer.PageSize;
        foreach (var piece in KvPiece.Enumerate(kv, header.Count, DirectFile.MaxTransferBytes))
        {
            if (stop?.Invoke((double)piece.Offset / header.Payload) == true)
                throw new OperationCanceledException();
            var cells = find(piece);
            checksum.Append(new ReadOnlySpan<byte>((void*)cells, (int)piece.Bytes));
            file.Write(to, cells, piece.Bytes);
            to += piece.Bytes;
        }
        for (long at = 0, end = PageBuffer.RoundUp(tail.Length); at < end; at += ReadBytes)
        {
            var bytes = (int)Math.Min(ReadBytes, end - at);
            var page = new Span<byte>((void*)memory.Address, bytes);
            page.Clear();
            tail[(int)at..(int)Math.Min(at + bytes, tail.Length)].CopyTo(page);
            checksum.Append(page);
            file.Write(to, memory.Address, bytes);
            to += bytes;
        }
        (header with { Checksum = checksum.GetCurrentHashAsUInt64() }).Write(new Span<byte>((void*)memory.Address, PageBuffer.PageSize));
        file.Write(0, memory.Address, PageBuffer.PageSize);
        file.Flush();
    }

    private long GetPayload(int tokens, int tailBytes) => KvPiece.CountBytes(kv, tokens) + PageBuffer.RoundUp(tailBytes);
}

/// <summary>A saved state that is not what was written.</summary>
internal sealed class DamagedStateException(string message) : Exception(message);
