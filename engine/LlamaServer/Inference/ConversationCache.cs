using System.Diagnostics;
using MemoryWall.LlamaServer.StorageTier;
using MemoryWall.Protocol;

namespace MemoryWall.LlamaServer.Inference;

/// <summary>What a change of conversation did.</summary>
/// <param name="KeptTokens">Tokens of the prompt whose cells are in the KV cache.</param>
/// <param name="SaveTime">How long it took to keep the conversation that had the KV cache before.</param>
internal sealed record ConversationChange(int KeptTokens, TimeSpan SaveTime)
{
    /// <summary>Those of the kept tokens that came from a copy in memory.</summary>
    public int CopiedTokens { get; init; }

    /// <summary>Bytes of that part of the copy.</summary>
    public long CopiedBytes { get; init; }

    /// <summary>Those of the kept tokens that came from storage.</summary>
    public int LoadedTokens { get; init; }

    /// <summary>Bytes that were loaded; null for none.</summary>
    public long? LoadedBytes { get; init; }

    /// <summary>How long copying or loading took.</summary>
    public TimeSpan LoadTime { get; init; }
}

/// <summary>Where conversations wait.</summary>
/// <param name="Kv">The KV cache.</param>
/// <param name="Copies">The copies in memory.</param>
/// <param name="Store">The conversations on storage; null where they are kept in memory only.</param>
internal sealed record ConversationPlaces(KvTier Kv, ConversationCopies Copies, ConversationStore? Store)
{
    /// <summary>Whether the computation itself waits for storage, so that nothing else should be read or written meanwhile.</summary>
    public bool IsStorageBusy { get; init; }
}

/// <summary>
/// Keeps the KV caches of conversations. The one that has the context is copied to memory, or saved on storage, when another one needs it,
/// and a conversation that comes back is copied or loaded instead of being computed.
/// </summary>
internal sealed class ConversationCache : IDisposable
{
    // Where a user asks again, only the end of a conversation is replaced. That end is not worth a copy of the whole.
    private const double MinLostShare = 0.25;

    // A save that is half done is completed: to begin again would take longer.
    private const double MinDoneShare = 0.5;

    private readonly ModelContext _session;
    private readonly ConversationPlaces? _places;
    private readonly int _batchTokens;
    private readonly ConversationMover? _mover;
    private readonly Lock _reporting = new();
    private bool _wholeBatches;
    private bool _isShared;
    private int[] _prompt = [];
    private int _evictions;
    private string? _note;
    private long _reportedSaved;
    private long _reportedRead;

    /// <param name="session">The context.</param>
    /// <param name="places">Where conversations wait; null where the one that leaves is dropped.</param>
    /// <param name="batchTokens">The size of a batch.</param>
    /// <param name="findNext">Finds the prompt that is computed next, called on another thread; null where none waits.</param>
    public ConversationCache(ModelContext session, ConversationPlaces? places, int batchTokens, Func<WaitingPrompt?> findNext)
    {
        (_session, _places, _batchTokens) = (session, places, batchTokens);
        if (places is { Store: { } store, IsStorageBusy: false })
            _mover = new ConversationMover(places.Copies, store, () => findNext() is { } next
                ? next with { CurrentTokens = next.Tokens.AsSpan().CommonPrefixLength(Volatile.Read(ref _prompt)) }
                : null, AddNote);
    }

    /// <summary>Makes room for a prompt: keeps what would be lost, and finds its beginning in the KV cache, in memory or on
    /// storage.</summary>
    /// <param name="prompt">The prompt.</param>
    /// <param name="usesCache">Whether the prompt may use cells that are computed already.</param>
    /// <param name="wholeBatches">Whether only whole batches may be used, so that the answer is that of a computed prompt.</param>
    /// <returns>What was done; null where it was stopped.</returns>
    public ConversationChange? Begin(int[] prompt, bool usesCache, bool wholeBatches)
    {
        // The last token is always computed, because the response is sampled from its logits.
        var beginning = prompt.AsSpan(0, prompt.Length - 1);
        var here = usesCache ? CreateConversation(_session.CachedTokens.Count).CountUsable(beginning, BatchOf(wholeBatches)) : 0;
        var started = Stopwatch.GetTimestamp();
        _isShared = Leave(here);
        _wholeBatches = wholeBatches;
        Volatile.Write(ref _prompt, prompt);
        var change = new ConversationChange(here, Stopwatch.GetElapsedTime(started));
        var result = usesCache && _places is not null ? Find(prompt, change) : Keep(change);
        _places?.Copies.SetCurrent(CreateConversation(_session.CachedTokens.Count));
        // While this prompt is computed, the next one is prepared.
        _mover?.Signal();
        return result;
    }

    /// <summary>Keeps the conversation that has the KV cache, where much of it would be lost.</summary>
    /// <param name="keptTokens">Tokens from the first that stay in the KV cache.</param>
    /// <returns>Whether a conversation left.</returns>
    public bool Leave(int keptTokens)
    {
        if (FindLeaving(keptTokens) is not { } leaving)
            return false;
        if (_places is not { } places)
            AddEviction();
        else if (!IsKept(leaving) && !TryCopy(leaving, Release))
            Save(places, leaving);
        return true;
    }

    /// <summary>An answer is complete, and its client has it: keeps the conversation now, so that the next one does not wait for that.
    /// Where one user goes on alone, nothing is done.</summary>
    /// <param name="isWaiting">Whether another request waits.</param>
    public void EndAnswer(Func<bool> isWaiting)
    {
        if (_places is not { } places || FindLeaving(0) is not { } current)
            return;
        var bytes = KvPiece.CountBytes(places.Kv, current.Tokens.Length);
        try
        {
            if (_isShared && !isWaiting() && !IsKept(current)
                && !TryCopy(current, copy => places.Store?.Has(copy.Conversation) == true) && bytes > places.Copies.MostBytes
                && places.Store?.Save(current, done => done < MinDoneShare && isWaiting()).Note is { } note)
                AddNote(note);
        }
        catch (TierException error)
        {
            AddNote(error.Message);
        }
        _mover?.Signal(bytes);
    }

    /// <summary>Another request waits.</summary>
    public void LookAhead() => _mover?.Signal();

    /// <summary>Saves what is not on storage yet, the most recently used first, until a time is over.</summary>
    public void SaveAll(TimeSpan limit)
    {
        _mover?.Dispose();
        if (_places is not { Store: { } store } places)
            return;
        var started = Stopwatch.GetTimestamp();
        bool IsOver(double done) => Stopwatch.GetElapsedTime(started) > limit;
        try
        {
            if (FindLeaving(0) is { } current && !IsOver(0))
                _ = store.Save(current, IsOver);
            foreach (var copy in places.Copies.List().TakeWhile(_ => !IsOver(0)))
                _ = store.Save(copy, IsOver);
        }
        catch (TierException)
        {
            // The device fails. The conversations are computed again.
        }
    }

    /// <summary>What was done since the report before.</summary>
    public ConversationReport TakeReport(ConversationChange? change)
    {
        lock (_reporting)
        {
            var (saved, read) = (_places?.Store?.WrittenBytes ?? 0, _mover?.ReadBytes ?? 0);
            var report = new ConversationReport
            {
                RamTokens = change?.CopiedTokens ?? 0,
                RamBytes = change?.CopiedBytes ?? 0,
                RamNanoseconds = change is { CopiedTokens: > 0 } ? InferenceLoop.ToNanoseconds(change.LoadTime) : null,
                Evictions = _evictions,
                SavedBytes = saved - _reportedSaved,
                ReadAheadBytes = read - _reportedRead,
                SaveNanoseconds = InferenceLoop.ToNanoseconds(change?.SaveTime ?? TimeSpan.Zero),
                Note = _note,
            };
            (_evictions, _note, _reportedSaved, _reportedRead) = (0, null, saved, read);
            return report;
        }
    }

    /// <summary>Frees the copies.</summary>
    public void Dispose()
    {
        _mover?.Dispose();
        _places?.Copies.Dispose();
    }

    private int? BatchOf(bool wholeBatches) => wholeBatches ? _batchTokens : null;

    private Conversation CreateConversation(int tokens) =>
        new([.. _session.CachedTokens.Take(tokens)], Math.Min(tokens, _session.WholeBatchTokens));

    // Only whole batches of such a conversation are used again.
    private Conversation? FindLeaving(int keptTokens)
    {
        var tokens = _wholeBatches ? _session.WholeBatchTokens : _session.CachedTokens.Count;
        var lost = tokens - keptTokens;
        return lost >= Conversation.MinTokens && lost >= MinLostShare * tokens && _session.HasComputedCells
            ? CreateConversation(tokens)
            : null;
    }

    private bool IsKept(Conversation conversation) =>
        _places!.Copies.Has(conversation) || _places.Store?.Has(conversation) == true;

    private bool TryCopy(Conversation conversation, Func<KvCopy, bool> release)
    {
        var copies = _places!.Copies;
        copies.SetCurrent(conversation);
        if (copies.TryAdd(conversation, release) is not { } copy)
            return false;
        var isFilled = false;
        try
        {
            copy.Fill(_places.Kv);
            isFilled = true;
        }
        finally
        {
            copies.Return(copy, isFilled);
        }
        return true;
    }

    // A copy has to go: it is on storage already, or is saved there now, or is lost.
    private bool Release(KvCopy copy)
    {
        var saved = _places!.Store?.Save(copy, null);
        if (saved?.Note is { } note)
            AddNote(note);
        if (saved?.Bytes is null)
            AddEviction();
        return true;
    }

    private void Save(ConversationPlaces places, Conversation leaving)
    {
        var note = places.Store is { } store
            ? store.Save(leaving).Note
            : $"a copy of {new Core.Units.ByteSize(KvPiece.CountBytes(places.Kv, leaving.Tokens.Length))} does not fit into memory, which "
                + $"has room for {new Core.Units.ByteSize(places.Copies.MostBytes)} of copies";
        if (note is null)
            return;
        AddNote(note);
        AddEviction();
    }

    private ConversationChange? Find(int[] prompt, ConversationChange change)
    {
        var places = _places!;
        var batch = BatchOf(_wholeBatches);
        // Each round uses what is found, or finds out that it cannot be used.
        while (true)
        {
            var beginning = prompt.AsSpan(0, prompt.Length - 1);
            var copy = places.Copies.Take(beginning, batch);
            var stored = places.Store?.Find(beginning, _wholeBatches);
            var isCopyBest = copy?.Tokens + Conversation.MinTokens > (stored?.UsableTokens ?? 0);
            if (copy is var (found, _) && !isCopyBest)
                places.Copies.Return(found);
            if ((isCopyBest ? copy!.Value.Tokens : stored?.UsableTokens ?? 0) - change.KeptTokens < Conversation.MinTokens)
            {
                if (isCopyBest)
                    places.Copies.Return(copy!.Value.Copy);
                return Keep(change);
            }
            if (isCopyBest)
                return Restore(prompt, copy!.Value, change);
            var started = Stopwatch.GetTimestamp();
            _session.BeginReplacement(stored!.UsableTokens);
            change = change with { KeptTokens = 0 };
            var (loaded, isAdopted) = Load(prompt, places, stored!);
            if (loaded.Note is { } note)
                AddNote(note);
            if (loaded.Bytes is not { } bytes)
            {
                _session.DropCells();
                change = change with { LoadTime = change.LoadTime + Stopwatch.GetElapsedTime(started) };
                continue;
            }
            return !isAdopted ? null : change with
            {
                KeptTokens = stored!.UsableTokens,
                LoadedTokens = stored.UsableTokens,
                LoadedBytes = bytes,
                LoadTime = change.LoadTime + Stopwatch.GetElapsedTime(started),
            };
        }
    }

    private (LoadResult Loaded, bool IsAdopted) Load(int[] prompt, ConversationPlaces places, StoredConversation stored)
    {
        bool Adopt() => this.Adopt(prompt, stored.UsableTokens, stored.Conversation);
        if (places.IsStorageBusy)
            return places.Store!.Load(stored) is var loaded && loaded.Bytes is not null ? (loaded, Adopt()) : (loaded, false);
        // llama.cpp takes the cells as used while their contents arrive. It computes nothing with them yet.
        var loading = Task.Run(() => places.Store!.Load(stored));
        var isAdopted = false;
        try
        {
            isAdopted = Adopt();
        }
        finally
        {
            // Nothing may be freed while the device writes there, and cells without their contents may not be used.
            ((IAsyncResult)loading).AsyncWaitHandle.WaitOne();
            if (!loading.IsCompletedSuccessfully)
                _session.DropCells();
        }
        return (loading.GetAwaiter().GetResult(), isAdopted);
    }

    private ConversationChange? Restore(int[] prompt, (KvCopy Copy, int Tokens) found, ConversationChange change)
    {
        var (copy, tokens) = found;
        var started = Stopwatch.GetTimestamp();
        _session.BeginReplacement(tokens);
        try
        {
            copy.Restore(_places!.Kv, tokens);
        }
        catch
        {
            _session.DropCells();
            throw;
        }
        finally
        {
            _places!.Copies.Return(copy);
        }
        return !Adopt(prompt, tokens, copy.Conversation) ? null : change with
        {
            KeptTokens = tokens,
            CopiedTokens = tokens,
            CopiedBytes = KvPiece.CountBytes(_places.Kv, tokens),
            LoadTime = change.LoadTime + Stopwatch.GetElapsedTime(started),
        };
    }

    private bool Adopt(int[] prompt, int tokens, Conversation conversation) =>
        _session.AdoptCells(prompt, tokens, Math.Min(tokens, conversation.WholeBatchTokens) / _batchTokens * _batchTokens);

    private ConversationChange Keep(ConversationChange change)
    {
        _session.KeepPrefix(change.KeptTokens);
        return change;
    }

    private void AddEviction()
    {
        lock (_reporting)
            _evictions++;
    }

    private void AddNote(string note)
    {
        lock (_reporting)
            _note ??= note;
    }
}
