using MemoryWall.Core.Units;

namespace MemoryWall.LlamaServer.StorageTier;

/// <summary>
/// Copies of conversations in memory, the least recently used first to go. They never take more than their budget, nor memory that the
/// limits of the control groups leave for other things. Used by the worker's thread and by the one that moves copies.
/// </summary>
/// <param name="kv">The KV cache.</param>
/// <param name="mostBytes">The budget.</param>
/// <param name="readUnusedBytes">What the limits leave now; null where there are none.</param>
internal sealed class ConversationCopies(KvTier kv, long mostBytes, Func<long?> readUnusedBytes) : IDisposable
{
    // What the process takes between two looks at the limits: tables of pages, requests, frames.
    private const long MarginBytes = 8 * ByteSize.MiB;

    private readonly object _gate = new();

    // The least recently used first.
    private readonly List<Entry> _entries = [];

    public long MostBytes => mostBytes;

    private long UsedBytes => _entries.Sum(entry => entry.Copy.Bytes);

    /// <summary>Finds the copy of which a prompt can use the most tokens, and waits for one that is being loaded. It is kept until
    /// <see cref="Return"/>.</summary>
    /// <param name="prompt">The prompt.</param>
    /// <param name="batchTokens">As in <see cref="Conversation.CountUsable"/>.</param>
    /// <returns>The copy and the tokens; null where none can be used.</returns>
    public (KvCopy Copy, int Tokens)? Take(ReadOnlySpan<int> prompt, int? batchTokens)
    {
        lock (_gate)
            while (true)
            {
                Entry? best = null;
                var most = 0;
                foreach (var entry in _entries)
                    if (entry.Copy.Conversation.CountUsable(prompt, batchTokens) is var usable && usable > most)
                        (best, most) = (entry, usable);
                if (best is null)
                    return null;
                if (best.IsReady)
                {
                    best.Users++;
                    return (best.Copy, most);
                }
                Monitor.Wait(_gate);
            }
    }

    /// <summary>Whether some copy has the cells of a conversation.</summary>
    public bool Has(Conversation conversation)
    {
        lock (_gate)
            return _entries.Exists(entry => entry.IsReady && entry.Copy.Conversation.Contains(conversation));
    }

    /// <summary>How many tokens of a prompt copies have, also those that are being loaded.</summary>
    public int CountUsable(ReadOnlySpan<int> prompt, int? batchTokens)
    {
        var most = 0;
        lock (_gate)
            foreach (var entry in _entries)
                most = Math.Max(most, entry.Copy.Conversation.CountUsable(prompt, batchTokens));
        return most;
    }

    /// <summary>Makes room for a copy, which is filled by the caller and then returned (<see cref="Return"/>).</summary>
    /// <param name="conversation">The tokens of its cells.</param>
    /// <param name="release">Called without a lock for each copy that has to go; false keeps it, and there is then no room.</param>
    /// <returns>The copy; null where there is no room.</returns>
    public KvCopy? TryAdd(Conversation conversation, Func<KvCopy, bool> release)
    {
        var bytes = KvPiece.CountBytes(kv, conversation.Tokens.Length);
        while (true)
        {
            Entry victim;
            lock (_gate)
            {
                var unused = readUnusedBytes() - MarginBytes ?? long.MaxValue;
                if (bytes > mostBytes || bytes > unused + Math.Min(UsedBytes, long.MaxValue - unused))
                    return null;
                if (UsedBytes + bytes <= mostBytes && bytes <= unused)
                {
                    var copy = new KvCopy(kv, conversation);
                    _entries.Add(new Entry(copy) { Users = 1 });
                    return copy;
                }
                if (FindVictim() is not { } found)
                    return null;
                victim = found;
                victim.Users++;
            }
            var isReleased = victim.IsSpare || release(victim.Copy);
            lock (_gate)
            {
                victim.Users--;
                if (!isReleased)
                    return null;
                if (victim.Users == 0)
                    Remove(victim);
            }
        }
    }

    /// <summary>Ends the use of a copy.</summary>
    /// <param name="copy">A copy that was taken or added.</param>
    /// <param name="isUsable">Whether its cells are valid; otherwise it is dropped.</param>
    public void Return(KvCopy copy, bool isUsable = true)
    {
        lock (_gate)
        {
            var entry = _entries.Find(other => other.Copy == copy)!;
            entry.Users--;
            if (!isUsable)
            {
                Remove(entry);
            }
            else
            {
                if (!entry.IsReady)
                    DropEarlier(entry);
                entry.IsReady = true;
                // The most recently used is the last.
                _entries.Remove(entry);
                _entries.Add(entry);
            }
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>Says which conversation has the context: copies of its cells are the first to go, because nothing is lost with
    /// them.</summary>
    public void SetCurrent(Conversation? current)
    {
        lock (_gate)
            foreach (var entry in _entries)
                entry.IsSpare = current?.Contains(entry.Copy.Conversation) == true;
    }

    /// <summary>Finds the next copy that should be on storage too, so that it can go as soon as its room is needed. It is kept until
    /// <see cref="Return"/> or <see cref="EndMove"/>.</summary>
    /// <param name="roomBytes">The room that will be needed.</param>
    /// <param name="isSaved">Whether a copy is on storage.</param>
    /// <returns>The copy; null where there will be enough room.</returns>
    public KvCopy? TakeForMove(long roomBytes, Func<Conversation, bool> isSaved)
    {
        lock (_gate)
        {
            var room = mostBytes - UsedBytes;
            foreach (var entry in _entries)
            {
                if (room >= roomBytes)
                    return null;
                if (entry.Users > 0)
                    continue;
                if (!entry.IsSpare && !isSaved(entry.Copy.Conversation))
                {
                    entry.Users++;
                    return entry.Copy;
                }
                room += entry.Copy.Bytes;
            }
            return null;
        }
    }

    /// <summary>Ends a move to storage; the copy keeps its place in the order.</summary>
    public void EndMove(KvCopy copy)
    {
        lock (_gate)
        {
            _entries.Find(other => other.Copy == copy)!.Users--;
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>All copies that can be used, the most recently used first.</summary>
    public IReadOnlyList<KvCopy> List()
    {
        lock (_gate)
            return [.. _entries.Where(entry => entry.IsReady).Select(entry => entry.Copy).Reverse()];
    }

    /// <summary>Frees all copies. None may be in use.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            foreach (var entry in _entries)
                entry.Copy.Dispose();
            _entries.Clear();
        }
    }

    private Entry? FindVictim() =>
        _entries.Find(entry => entry is { Users: 0, IsSpare: true }) ?? _entries.Find(entry => entry.Users == 0);

    private void DropEarlier(Entry entry)
    {
        foreach (var earlier in _entries.Where(other => other != entry && other is { IsReady: true, Users: 0 }
            && entry.Copy.Conversation.Continues(other.Copy.Conversation)).ToList())
            Remove(earlier);
    }

    private void Remove(Entry entry)
    {
        _entries.Remove(entry);
        entry.Copy.Dispose();
    }

    private sealed class Entry(KvCopy copy)
    {
        public KvCopy Copy => copy;

        /// <summary>Whether its cells are complete.</summary>
        public bool IsReady { get; set; }

        /// <summary>How many read or write it now; it is not freed meanwhile.</summary>
        public int Users { get; set; }

        /// <summary>Whether the context has its cells too.</summary>
        public bool IsSpare { get; set; }
    }
}
