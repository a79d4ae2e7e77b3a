using System.IO.Hashing;

namespace MemoryWall.LlamaServer.StorageTier;

/// <summary>
/// Writes and reads the KV cells of a sequence: a header, the rows of each layer, and a tail of the caller. A file gets its name only when
/// it is completely on the device, so an incomplete one is never found. Its checksum is verified while it is read.
/// </summary>
internal sealed unsafe class KvStateFile(ManagedTier tier)
{
    /// <summary>The size of a file.</summary>
    public long GetBytes(int tokens, int tailBytes) => PageBuffer.PageSize + GetPayload(tokens, tailBytes);

    /// <summary>Writes the first cells of the KV cache.</summary>
    /// <param name="path">The file, which is replaced.</param>
    /// <param name="key">The hash of what the content depends on.</param>
    /// <param name="tokens">The number of cells.</param>
    /// <param name="tail">What follows the cells.</param>
    /// <exception cref="TierException">The device failed.</exception>
    public void Write(string path, string key, int tokens, ReadOnlySpan<byte> tail)
    {
        var temporary = TierFolder.GetTemporaryPath(path);
        try
        {
            WriteTemporary(temporary, new TierFileHeader(key, tokens, GetPayload(tokens, tail.Length), 0), tail);
            File.Move(temporary, path, overwrite: true);
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    /// <summary>Loads cells into the KV cache. Where the file is damaged, they are in unused cells.</summary>
    /// <returns>The tail.</returns>
    /// <exception cref="DamagedStateException">The file is not what was written.</exception>
    public byte[] Load(string path, string key, int tokens, int tailBytes)
    {
        using var file = DirectFile.OpenRead(path, tier.Meter, tier.Throttle);
        using var memory = PageBuffer.AllocateResident(DirectFile.MaxTransferBytes);
        var header = ReadHeader(file, memory);
        if (new FileInfo(path).Length != GetBytes(tokens, tailBytes))
            throw new DamagedStateException("of the wrong length");
        if (header is null || header.Key != key || header.Count != tokens || header.Payload != GetPayload(tokens, tailBytes))
            throw new DamagedStateException("damaged in its header");
        var checksum = new XxHash3();
        byte[] tail = [];
        tier.Kv.ReplaceContents(tokens, () =>
        {
            long from = PageBuffer.PageSize;
            foreach (var (rows, at, bytes) in EnumerateTransfers(tokens))
            {
                file.Read(from, memory.Address, bytes, bytes);
                checksum.Append(new ReadOnlySpan<byte>((void*)memory.Address, (int)bytes));
                tier.Kv.WriteRows(rows, at, memory.Address, bytes);
                from += bytes;
            }
            tail = ReadTail(file, memory, from, tailBytes, checksum);
        });
        return checksum.GetCurrentHashAsUInt64() == header.Checksum
            ? tail
            : throw new DamagedStateException("damaged (its checksum differs)");
    }

    /// <summary>Reads the key, the number of cells and the tail of a file without its cells; the caller verifies the tail. Null where the
    /// header is damaged or the file has another length.</summary>
    /// <param name="path">The file.</param>
    /// <param name="tailBytes">The size of the tail for a number of cells.</param>
    public (string Key, int Tokens, byte[] Tail)? ReadTail(string path, Func<int, int> tailBytes)
    {
        using var file = DirectFile.OpenRead(path, tier.Meter, tier.Throttle);
        using var memory = PageBuffer.AllocateResident(DirectFile.MaxTransferBytes);
        const int MostTokens = 1 << 28;
        if (new FileInfo(path).Length < PageBuffer.PageSize || ReadHeader(file, memory) is not { Count: > 0 and < MostTokens } header
            || new FileInfo(path).Length != GetBytes(header.Count, tailBytes(header.Count)))
            return null;
        var bytes = tailBytes(header.Count);
        var from = PageBuffer.PageSize + header.Payload - PageBuffer.RoundUp(bytes);
        return (header.Key, header.Count, ReadTail(file, memory, from, bytes, null));
    }

    private static TierFileHeader? ReadHeader(DirectFile file, PageBuffer memory)
    {
        file.Read(0, memory.Address, PageBuffer.PageSize, PageBuffer.PageSize);
        return TierFileHeader.Read(new ReadOnlySpan<byte>((void*)memory.Address, PageBuffer.PageSize));
    }

    private static byte[] ReadTail(DirectFile file, PageBuffer memory, long from, int tailBytes, XxHash3? checksum)
    {
        var tail = new byte[tailBytes];
        for (long at = 0, end = PageBuffer.RoundUp(tailBytes); at < end; at += DirectFile.MaxTransferBytes)
        {
            var bytes = (int)Math.Min(DirectFile.MaxTransferBytes, end - at);
            file.Read(from + at, memory.Address, bytes, bytes);
            var page = new ReadOnlySpan<byte>((void*)memory.Address, bytes);
            checksum?.Append(page);
            var rest = tail.AsSpan((int)at);
            page[..Math.Min(bytes, rest.Length)].CopyTo(rest);
        }
        return tail;
    }

    private void WriteTemporary(string path, TierFileHeader header, ReadOnlySpan<byte> tail)
    {
        using var file = DirectFile.CreateNew(path, tier.Meter, tier.Throttle);
        using var memory = PageBuffer.AllocateResident(DirectFile.MaxTransferBytes);
        file.Allocate(header.Payload + PageBuffer.PageSize);
        var checksum = new XxHash3();
        long to = PageBuffer.PageSize;
        foreach (var (rows, at, bytes) in EnumerateTransfers(header.Count))
        {
            tier.Kv.ReadRows(rows, at, memory.Address, bytes);
            checksum.Append(new ReadOnlySpan<byte>((void*)memory.Address, (int)bytes));
            file.Write(to, memory.Address, bytes);
            to += bytes;
        }
        for (long at = 0, end = PageBuffer.RoundUp(tail.Length); at < end; at += DirectFile.MaxTransferBytes)
        {
            var bytes = (int)Math.Min(DirectFile.MaxTransferBytes, end - at);
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

    private long GetPayload(int tokens, int tailBytes) =>
        EnumerateTransfers(tokens).Sum(piece => piece.Bytes) + PageBuffer.RoundUp(tailBytes);

    private IEnumerable<(KvRows Rows, long At, long Bytes)> EnumerateTransfers(int tokens)
    {
        foreach (var rows in tier.Kv.Rows)
            for (long at = 0, end = PageBuffer.RoundUp(rows.RowBytes * tokens); at < end; at += DirectFile.MaxTransferBytes)
                yield return (rows, at, Math.Min(DirectFile.MaxTransferBytes, end - at));
    }
}

/// <summary>A saved state that is not what was written.</summary>
internal sealed class DamagedStateException(string message) : Exception(message);
