using System.Globalization;
using System.IO.Hashing;
using System.Runtime.InteropServices;
using MemoryWall.Core.Units;

namespace MemoryWall.LlamaServer.StorageTier;

/// <summary>The result of resuming from a saved state.</summary>
/// <param name="Tokens">Tokens whose cells were loaded; 0 for none.</param>
/// <param name="Bytes">Bytes of the loaded state; null for none.</param>
/// <param name="Note">Why no state or a shorter one was loaded; null where there is no such reason.</param>
/// <param name="Logits">The logits after the last of the loaded tokens; empty for none.</param>
internal sealed record ResumeResult(int Tokens, long? Bytes, string? Note, float[] Logits);

/// <summary>The result of saving a state.</summary>
/// <param name="Bytes">Bytes of the saved state; null where it was not saved.</param>
/// <param name="Note">Why it was not saved; null where it was.</param>
internal sealed record SaveResult(long? Bytes, string? Note);

/// <summary>
/// Saved KV caches in the tier's folder, with the logits after their last token, named by a hash of their tokens. A state gets its name
/// only when it is completely on the device, so an incomplete state is never found. Its checksum is verified while it is read. When space
/// is needed, the least recently used states are deleted.
/// </summary>
internal sealed unsafe class KvStateStore(ManagedTier tier, string identity, int vocabulary)
{
    /// <summary>Loads the longest saved state that the tokens begin with.</summary>
    public ResumeResult Load(int[] tokens)
    {
        string? note = null;
        foreach (var count in EnumerateTokenCounts().Where(count => count <= tokens.Length))
        {
            var path = GetPath(tokens.AsSpan(0, count), count, out var key);
            if (!File.Exists(path))
                continue;
            try
            {
                var (bytes, logits) = Load(path, key, count);
                File.SetLastWriteTimeUtc(path, TimeProvider.System.GetUtcNow().UtcDateTime);
                return new ResumeResult(count, bytes, note, logits);
            }
            catch (DamagedStateException damage)
            {
                File.Delete(path);
                note = $"a saved state of {count} tokens was {damage.Message} and has been deleted";
            }
        }
        return new ResumeResult(0, null, note ?? "no saved state matches the beginning of the prompt", []);
    }

    /// <summary>Saves the state of the tokens in the KV cache.</summary>
    /// <param name="tokens">The tokens.</param>
    /// <param name="logits">The logits after the last of them.</param>
    public SaveResult Save(int[] tokens, float[] logits)
    {
        var path = GetPath(tokens, tokens.Length, out var key);
        tier.Kv.Flush();
        if (File.Exists(path))
            return new SaveResult(new FileInfo(path).Length, null);
        var pieces = EnumerateTransfers(tokens.Length).ToList();
        var payload = pieces.Sum(piece => piece.Bytes) + LogitsBytes;
        var room = EvictUntilFits(payload + PageBuffer.PageSize);
        if (room < payload + PageBuffer.PageSize)
            return new SaveResult(null,
                $"a state of {new ByteSize(payload)} does not fit into {tier.Folder.Path}, "
                + $"which has room for {new ByteSize(Math.Max(0, room))}");
        var temporary = TierFolder.GetTemporaryPath(path);
        try
        {
            Write(temporary, new TierFileHeader(key, tokens.Length, payload, 0), pieces, logits);
            File.Move(temporary, path, overwrite: true);
            return new SaveResult(payload + PageBuffer.PageSize, null);
        }
        catch (TierException error)
        {
            return new SaveResult(null, error.Message);
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    private IEnumerable<int> EnumerateTokenCounts() => tier.Folder.ListStates()
        .Select(file =>
            int.TryParse(file.Name[TierFolder.StatePrefix.Length..].Split('-')[0], NumberStyles.None, CultureInfo.InvariantCulture,
                out var count) ? count : 0)
        .Where(count => count > 0).Distinct().OrderDescending();

    private string GetPath(ReadOnlySpan<int> tokens, int count, out string key)
    {
        key = TierFileHeader.ComputeKey(identity, tokens);
        return Path.Combine(tier.Folder.Path,
            string.Create(CultureInfo.InvariantCulture, $"{TierFolder.StatePrefix}{count}-{key[..32]}{TierFolder.StateExtension}"));
    }

    private long EvictUntilFits(long bytes)
    {
        tier.Folder.EvictOtherWeights(bytes);
        var states = tier.Folder.ListStates().ToList();
        long Room() => tier.Folder.GetAvailableBytes(states.Sum(state => state.Length));
        // If it would not fit into an empty folder, no other state is deleted.
        if (tier.Folder.GetAvailableBytes(0) < bytes && Room() + states.Sum(state => state.Length) < bytes)
            return Room();
        while (Room() < bytes && states.Count > 0)
        {
            states[0].Delete();
            states.RemoveAt(0);
        }
        return Room();
    }

    private long LogitsBytes => PageBuffer.RoundUp((long)vocabulary * sizeof(float));

    private void Write(string path, TierFileHeader header, IEnumerable<(KvRows Rows, long At, long Bytes)> pieces, float[] logits)
    {
        using var file = DirectFile.CreateNew(path, tier.Meter, tier.Throttle);
        using var memory = PageBuffer.AllocateResident(DirectFile.MaxTransferBytes);
        file.Allocate(header.Payload + PageBuffer.PageSize);
        var checksum = new XxHash3();
        long to = PageBuffer.PageSize;
        foreach (var (rows, at, bytes) in pieces)
        {
            tier.Kv.ReadRows(rows, at, memory.Address, bytes);
            checksum.Append(new ReadOnlySpan<byte>((void*)memory.Address, (int)bytes));
            file.Write(to, memory.Address, bytes);
            to += bytes;
        }
        for (long at = 0; at < LogitsBytes; at += DirectFile.MaxTransferBytes)
        {
            var bytes = (int)Math.Min(DirectFile.MaxTransferBytes, LogitsBytes - at);
            var page = new Span<byte>((void*)memory.Address, bytes);
            page.Clear();
            MemoryMarshal.AsBytes(logits.AsSpan())[(int)at..(int)Math.Min(at + bytes, (long)vocabulary * sizeof(float))].CopyTo(page);
            checksum.Append(page);
            file.Write(to, memory.Address, bytes);
            to += bytes;
        }
        (header with { Checksum = checksum.GetCurrentHashAsUInt64() }).Write(new Span<byte>((void*)memory.Address, PageBuffer.PageSize));
        file.Write(0, memory.Address, PageBuffer.PageSize);
        file.Flush();
    }

    private (long Bytes, float[] Logits) Load(string path, string key, int tokens)
    {
        using var file = DirectFile.OpenRead(path, tier.Meter, tier.Throttle);
        using var memory = PageBuffer.AllocateResident(DirectFile.MaxTransferBytes);
        var pieces = EnumerateTransfers(tokens).ToList();
        var payload = pieces.Sum(piece => piece.Bytes) + LogitsBytes;
        var logits = new float[vocabulary];
        if (new FileInfo(path).Length != payload + PageBuffer.PageSize)
            throw new DamagedStateException("of the wrong length");
        file.Read(0, memory.Address, PageBuffer.PageSize, PageBuffer.PageSize);
        if (TierFileHeader.Read(new ReadOnlySpan<byte>((void*)memory.Address, PageBuffer.PageSize)) is not { } header || header.Key != key
            || header.Count != tokens || header.Payload != payload)
            throw new DamagedStateException("damaged in its header");
        var checksum = new XxHash3();
        // If the checksum turns out wrong, the loaded data is in unused cells.
        tier.Kv.ReplaceContents(tokens, () =>
        {
            long from = PageBuffer.PageSize;
            foreach (var (rows, at, bytes) in pieces)
            {
                file.Read(from, memory.Address, bytes, bytes);
                checksum.Append(new ReadOnlySpan<byte>((void*)memory.Address, (int)bytes));
                tier.Kv.WriteRows(rows, at, memory.Address, bytes);
                from += bytes;
            }
            for (long at = 0; at < LogitsBytes; at += DirectFile.MaxTransferBytes)
            {
                var bytes = (int)Math.Min(DirectFile.MaxTransferBytes, LogitsBytes - at);
                file.Read(from, memory.Address, bytes, bytes);
                var page = new ReadOnlySpan<byte>((void*)memory.Address, bytes);
                checksum.Append(page);
                var rest = MemoryMarshal.AsBytes(logits.AsSpan())[(int)at..];
                page[..Math.Min(bytes, rest.Length)].CopyTo(rest);
                from += bytes;
            }
        });
        return checksum.GetCurrentHashAsUInt64() == header.Checksum
            ? (payload + PageBuffer.PageSize, logits)
            : throw new DamagedStateException("damaged (its checksum differs)");
    }

    private IEnumerable<(KvRows Rows, long At, long Bytes)> EnumerateTransfers(int tokens)
    {
        foreach (var rows in tier.Kv.Rows)
            for (long at = 0, end = PageBuffer.RoundUp(rows.RowBytes * tokens); at < end; at += DirectFile.MaxTransferBytes)
                yield return (rows, at, Math.Min(DirectFile.MaxTransferBytes, end - at));
    }

    private sealed class DamagedStateException(string message) : Exception(message);
}
