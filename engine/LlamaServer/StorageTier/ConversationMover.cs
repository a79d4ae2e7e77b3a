namespace MemoryWall.LlamaServer.StorageTier;

/// <summary>
/// Moves conversations between memory and storage while an answer is computed, or while nothing is asked: copies that will have to go soon
/// are written to storage, and that of the next prompt in the queue is read ahead.
/// </summary>
internal sealed class ConversationMover : IDisposable
{
    private readonly ConversationCopies _copies;
    private readonly ConversationStore _store;
    private readonly Action<string> _addNote;
    private readonly Func<WaitingPrompt?> _findNext;
    private readonly BackgroundThread _thread;
    private long _roomBytes;
    private long _readBytes;

    /// <param name="copies">The copies in memory.</param>
    /// <param name="store">The conversations on storage.</param>
    /// <param name="findNext">Finds the prompt that is computed next; null where none waits.</param>
    /// <param name="addNote">Receives why a copy could not be written.</param>
    public ConversationMover(ConversationCopies copies, ConversationStore store, Func<WaitingPrompt?> findNext, Action<string> addNote)
    {
        (_copies, _store, _findNext, _addNote) = (copies, store, findNext, addNote);
        _thread = new BackgroundThread("conversations", thread =>
        {
            LoadNext();
            SaveOld(thread);
            // There may be room for it now.
            if (!thread.IsStopping)
                LoadNext();
        });
    }

    /// <summary>Bytes that were read ahead so far.</summary>
    public long ReadBytes => Interlocked.Read(ref _readBytes);

    /// <summary>Looks for work.</summary>
    /// <param name="roomBytes">The room that the next copy will need; null for as much as before.</param>
    public void Signal(long? roomBytes = null)
    {
        if (roomBytes is { } bytes)
            Interlocked.Exchange(ref _roomBytes, bytes);
        _thread.Signal();
    }

    public void Dispose() => _thread.Dispose();

    private void SaveOld(BackgroundThread thread)
    {
        while (!thread.IsStopping && _copies.TakeForMove(Interlocked.Read(ref _roomBytes), _store.Has) is { } copy)
        {
            var saved = new SaveResult(null, null);
            try
            {
                saved = _store.Save(copy, _ => thread.IsStopping);
            }
            finally
            {
                _copies.EndMove(copy);
            }
            if (saved.Bytes is not null)
                continue;
            if (saved.Note is { } note)
                _addNote(note);
            return;
        }
    }

    private void LoadNext()
    {
        if (_findNext() is not { } next)
            return;
        var prompt = next.Tokens.AsSpan(0, next.Tokens.Length - 1);
        if (_store.Find(prompt, next.BatchTokens is not null) is not { } stored
            || stored.UsableTokens - Math.Max(_copies.CountUsable(prompt, next.BatchTokens), next.CurrentTokens) < Conversation.MinTokens)
            return;
        // Only what is on storage too may go for it.
        if (_copies.TryAdd(stored.Conversation, old => _store.Has(old.Conversation)) is not { } copy)
            return;
        var loaded = new LoadResult(null, null);
        try
        {
            loaded = _store.Load(stored, copy);
        }
        finally
        {
            _copies.Return(copy, loaded.Bytes is not null);
        }
        if (loaded.Note is { } note)
            _addNote(note);
        else
            Interlocked.Add(ref _readBytes, loaded.Bytes ?? 0);
    }
}

/// <summary>A prompt that waits in the queue.</summary>
/// <param name="Tokens">Its tokens.</param>
/// <param name="BatchTokens">As in <see cref="Conversation.CountUsable"/>.</param>
/// <param name="CurrentTokens">Tokens that the context has of it now.</param>
internal sealed record WaitingPrompt(int[] Tokens, int? BatchTokens, int CurrentTokens);
