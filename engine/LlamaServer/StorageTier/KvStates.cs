using System.Globalization;
using System.IO.Hashing;
using MemoryWall.LlamaServer.Inference;
using MemoryWall.Units;

namespace MemoryWall.LlamaServer.StorageTier;

/// <summary>What became of a wish to resume.</summary>
/// <param name="Tokens">Tokens whose cells were loaded; 0 for none.</param>
/// <param name="Bytes">Bytes of the state that was read.</param>
/// <param name="Note">Why a state that was there was not used; null where nothing is to be said.</param>
internal sealed record ResumedState(int Tokens, long? Bytes, string? Note);

/// <summary>What became of a wish to save.</summary>
/// <param name="Bytes">Bytes of the state that lies in the folder; null where none does.</param>
/// <param name="Note">Why none does.</param>
internal sealed record SavedState(long? Bytes, string? Note);

/// <summary>
/// Saved KV caches in the tier's folder, named by their content. One gets its name when all of it is on the device, so a torn one is never
/// found; it is checked from end to end as it is read, and only then counts. The one used longest ago goes first when room is needed.
/// </summary>
internal sealed unsafe class KvStates(ManagedTier tier, string identity)
{
    /// <summary>Loads the longest state that some tokens begin with.</summary>
    public ResumedState Load(int[] tokens)
    {
        string? note = null;
        foreach (var count in Counts().Where(count => count <= tokens.Length))
        {
            var path = PathOf(tokens.AsSpan(0, count), count, out var key);
            if (!File.Exists(path))
                continue;
            try
            {
                var bytes = Load(path, key, count);
                File.SetLastWriteTimeUtc(path, TimeProvider.System.GetUtcNow().UtcDateTime);
                return new ResumedState(count, bytes, note);
            }
            catch (DamagedStateException damage)
            {
                File.Delete(path);
                note = $"a saved state of {count} tokens was {damage.Message} and is deleted";
            }
        }
        return new ResumedState(0, null, note ?? "no saved state begins as the prompt does");
    }

    /// <summary>Saves the state of the tokens that the cache holds.</summary>
    public SavedState Save(int[] tokens)
    {
        var path = PathOf(tokens, tokens.Length, out var key);
        tier.Kv.Settle();
        if (File.Exists(path))
            return new SavedState(new FileInfo(path).Length, null);
        var pieces = Pieces(tokens.Length).ToList();
        var payload = pieces.Sum(piece => piece.Bytes);
        var room = MakeRoom(payload + Pages.Size);
        if (room < payload + Pages.Size)
            return new SavedState(null, $"{new ByteSize(payload)} of state do not fit {tier.Folder.Path}, which has room for {new ByteSize(Math.Max(0, room))}");
        var temporary = TierFolder.TemporaryOf(path);
        try
        {
            Write(temporary, new StateHeader(key, tokens.Length, payload, 0), pieces);
            File.Move(temporary, path, overwrite: true);
            return new SavedState(payload + Pages.Size, null);
        }
        catch (RefusedException error)
        {
            return new SavedState(null, error.Message);
        }
        finally
        {
            File.Delete(temporary);
        }
    }

    private IEnumerable<int> Counts() => tier.Folder.States()
        .Select(file => int.TryParse(file.Name[TierFolder.StatePrefix.Length..].Split('-')[0], NumberStyles.None, CultureInfo.InvariantCulture, out var count) ? count : 0)
        .Where(count => count > 0).Distinct().OrderDescending();

    private string PathOf(ReadOnlySpan<int> tokens, int count, out string key)
    {
        key = StateHeader.KeyOf(identity, tokens);
        return Path.Combine(tier.Folder.Path, string.Create(CultureInfo.InvariantCulture, $"{TierFolder.StatePrefix}{count}-{key[..32]}{TierFolder.StateEnd}"));
    }

    private long MakeRoom(long bytes)
    {
        var states = tier.Folder.States().ToList();
        long Room() => tier.Folder.Room(states.Sum(state => state.Length));
        // One that would not fit alone drives out none of the others.
        if (tier.Folder.Room(0) < bytes && Room() + states.Sum(state => state.Length) < bytes)
            return Room();
        while (Room() < bytes && states.Count > 0)
        {
            states[0].Delete();
            states.RemoveAt(0);
        }
        return Room();
    }

    private void Write(string path, StateHeader header, IEnumerable<(KvRows Rows, long At, long Bytes)> pieces)
    {
        using var file = DirectFile.CreateNew(path, tier.Meter, tier.Throttle);
        using var memory = Pages.Resident(DirectFile.Piece);
        file.Allocate(header.Payload + Pages.Size);
        var checksum = new XxHash3();
        long to = Pages.Size;
        foreach (var (rows, at, bytes) in pieces)
        {
            tier.Kv.Get(rows, at, memory.Address, bytes);
            checksum.Append(new ReadOnlySpan<byte>((void*)memory.Address, (int)bytes));
            file.Write(to, memory.Address, bytes);
            to += bytes;
        }
        (header with { Checksum = checksum.GetCurrentHashAsUInt64() }).Write(new Span<byte>((void*)memory.Address, Pages.Size));
        file.Write(0, memory.Address, Pages.Size);
        file.Flush();
    }

    private long Load(string path, string key, int tokens)
    {
        using var file = DirectFile.OpenToRead(path, tier.Meter, tier.Throttle);
        using var memory = Pages.Resident(DirectFile.Piece);
        var pieces = Pieces(tokens).ToList();
        var payload = pieces.Sum(piece => piece.Bytes);
        if (new FileInfo(path).Length != payload + Pages.Size)
            throw new DamagedStateException("of another length than its tokens take");
        file.Read(0, memory.Address, Pages.Size, Pages.Size);
        if (StateHeader.Read(new ReadOnlySpan<byte>((void*)memory.Address, Pages.Size)) is not { } header || header.Key != key || header.Tokens != tokens || header.Payload != payload)
            throw new DamagedStateException("damaged in its header");
        var checksum = new XxHash3();
        // What is loaded before the checksum is found wrong lies in cells that nobody holds.
        tier.Kv.Changed(tokens, () =>
        {
            long from = Pages.Size;
            foreach (var (rows, at, bytes) in pieces)
            {
                file.Read(from, memory.Address, bytes, bytes);
                checksum.Append(new ReadOnlySpan<byte>((void*)memory.Address, (int)bytes));
                tier.Kv.Set(rows, at, memory.Address, bytes);
                from += bytes;
            }
        });
        return checksum.GetCurrentHashAsUInt64() == header.Checksum ? payload + Pages.Size : throw new DamagedStateException("damaged: its checksum is another");
    }

    private IEnumerable<(KvRows Rows, long At, long Bytes)> Pieces(int tokens)
    {
        foreach (var rows in tier.Kv.Rows)
            for (long at = 0, end = Pages.Up(rows.RowBytes * tokens); at < end; at += DirectFile.Piece)
                yield return (rows, at, Math.Min(DirectFile.Piece, end - at));
    }

    private sealed class DamagedStateException(string message) : Exception(message);
}
