using System.Globalization;
using System.Runtime.InteropServices;

namespace MemoryWall.LlamaServer.StorageTier;

/// <summary>
/// KV caches of conversations in the tier's folder. Each file has the tokens of its cells, so that a conversation that goes on in another
/// way finds what is common. Used by the worker's thread and by the one that moves copies.
/// </summary>
/// <param name="tier">The started tier.</param>
/// <param name="identity">What cells depend on: model, build and options.</param>
/// <param name="windowTokens">The cells of the KV cache.</param>
/// <param name="batchTokens">The size of a batch.</param>
internal sealed class ConversationStore(ManagedTier tier, string identity, int windowTokens, int batchTokens)
{
    private const string Prefix = TierFolder.StatePrefix + "chat-";

    // The tail of a file has the tokens, those in whole batches, and the size of a batch.
    private const int ExtraNumbers = 2;

    private readonly StorageMeter _meter = new();
    private readonly KvStateFile _files = new(tier.Kv, new StorageMeter(), tier.Throttle);
    private readonly Lock _writing = new();
    private readonly Lock _gate = new();
    private Dictionary<string, Conversation>? _saved;

    /// <summary>Bytes that were written so far.</summary>
    public long WrittenBytes => _meter.Total.Written;

    private Dictionary<string, Conversation> Saved => _saved ??= ReadFolder();

    /// <summary>Finds the conversation of which a prompt can use the most tokens.</summary>
    /// <param name="prompt">The prompt.</param>
    /// <param name="wholeBatches">Whether only whole batches may be used.</param>
    /// <returns>Its file, what it has, and how many tokens from the first can be used; null where none can.</returns>
    public StoredConversation? Find(ReadOnlySpan<int> prompt, bool wholeBatches)
    {
        lock (_gate)
        {
            foreach (var gone in Saved.Keys.Where(path => !File.Exists(path)).ToList())
                Saved.Remove(gone);
            StoredConversation? best = null;
            foreach (var (path, conversation) in Saved)
            {
                var usable = conversation.CountUsable(prompt, wholeBatches ? batchTokens : null);
                // Of two, the shorter one is loaded sooner.
                if (usable > 0 && (best is null || usable > best.UsableTokens || (usable == best.UsableTokens
                    && conversation.Tokens.Length < best.Conversation.Tokens.Length)))
                    best = new StoredConversation(path, conversation, usable);
            }
            return best;
        }
    }

    /// <summary>Whether a file has the cells of a conversation.</summary>
    public bool Has(Conversation conversation) => FindPath(conversation) is not null;

    /// <summary>Loads the cells of a conversation into the KV cache.</summary>
    /// <returns>Bytes that were read, and why it cannot be used. The contents of the cells are then not known.</returns>
    public LoadResult Load(StoredConversation stored) =>
        Load(stored, (key, tail) => _ = _files.Load(stored.Path, key, stored.Conversation.Tokens.Length, tail));

    /// <summary>Loads the cells of a conversation into a copy.</summary>
    /// <returns>As <see cref="Load(StoredConversation)"/>.</returns>
    public LoadResult Load(StoredConversation stored, KvCopy copy) =>
        Load(stored, (key, tail) => _files.Load(stored.Path, key, copy, tail));

    /// <summary>Saves cells in the KV cache as a conversation, in place of those that it continues.</summary>
    /// <param name="conversation">The tokens of the first cells.</param>
    /// <param name="stop">As in <see cref="KvStateFile"/>.</param>
    /// <returns>The result; its bytes are those that were written, 0 where a saved conversation has the same cells.</returns>
    public SaveResult Save(Conversation conversation, Func<double, bool>? stop = null) => Save(conversation, (path, key, tail) =>
    {
        tier.Kv.Flush();
        _files.Write(path, key, conversation.Tokens.Length, tail, stop);
    });

    /// <summary>Saves a copy, as <see cref="Save(Conversation, Func{double, bool}?)"/>.</summary>
    public SaveResult Save(KvCopy copy, Func<double, bool>? stop) =>
        Save(copy.Conversation, (path, key, tail) => _files.Write(path, key, copy, tail, stop));

    private static int CountTailBytes(int tokens) => (tokens + ExtraNumbers) * sizeof(int);

    private LoadResult Load(StoredConversation stored, Action<string, int> load)
    {
        var (path, tokens) = (stored.Path, stored.Conversation.Tokens);
        try
        {
            load(ComputeKey(tokens), CountTailBytes(tokens.Length));
            TierFolder.MarkUsed(path);
            return new LoadResult(_files.GetBytes(tokens.Length, CountTailBytes(tokens.Length)), null);
        }
        catch (DamagedStateException damage)
        {
            Remove(path);
            return new LoadResult(null,
                string.Create(CultureInfo.InvariantCulture,
                    $"a kept conversation of {tokens.Length} tokens was {damage.Message} and has been deleted"));
        }
        catch (Exception error) when (error is TierException || TierException.IsOfFiles(error))
        {
            // The device failed, or the file is gone. The file may be whole, but it is not tried again at every turn.
            lock (_gate)
                Saved.Remove(path);
            return new LoadResult(null, error.Message);
        }
    }

    private SaveResult Save(Conversation conversation, Action<string, string, byte[]> write)
    {
        var tokens = conversation.Tokens;
        lock (_writing)
        {
            if (FindPath(conversation) is { } same)
            {
                TierFolder.MarkUsed(same);
                return new SaveResult(0, null);
            }
            var key = ComputeKey(tokens);
            var path = Path.Combine(tier.Folder.Path,
                string.Create(CultureInfo.InvariantCulture, $"{Prefix}{tokens.Length}-{key[..32]}{TierFolder.StateExtension}"));
            var bytes = _files.GetBytes(tokens.Length, CountTailBytes(tokens.Length));
            byte[] tail = [.. MemoryMarshal.AsBytes(((int[])[.. tokens, conversation.WholeBatchTokens, batchTokens]).AsSpan())];
            try
            {
                var saved = tier.Folder.WriteState(bytes, () => write(path, key, tail));
                if (saved.Bytes is null)
                    return saved;
            }
            catch (OperationCanceledException)
            {
                return new SaveResult(null, null);
            }
            _meter.AddWritten(bytes);
            lock (_gate)
            {
                foreach (var earlier in Saved.Where(other => other.Key != path && conversation.Continues(other.Value))
                    .Select(other => other.Key).ToList())
                    Remove(earlier);
                Saved[path] = conversation;
            }
            return new SaveResult(bytes, null);
        }
    }

    private string? FindPath(Conversation conversation)
    {
        lock (_gate)
            return Saved.FirstOrDefault(other => other.Value.Contains(conversation) && File.Exists(other.Key)).Key;
    }

    private void Remove(string path)
    {
        TierFolder.TryDelete(new FileInfo(path));
        lock (_gate)
            Saved.Remove(path);
    }

    private string ComputeKey(ReadOnlySpan<int> tokens) => TierFileHeader.ComputeKey(identity, tokens);

    // The key of a file is a hash of its tokens and of what its cells depend on, so files of other models or builds are not found.
    private Dictionary<string, Conversation> ReadFolder()
    {
        var found = new Dictionary<string, Conversation>();
        foreach (var file in tier.Folder.ListStates().Where(file => file.Name.StartsWith(Prefix, StringComparison.Ordinal)))
            // A larger window of an earlier time has more cells than this KV cache.
            if (TryRead(file.FullName) is { } conversation && conversation.Tokens.Length <= windowTokens)
                found[file.FullName] = conversation;
        return found;
    }

    private Conversation? TryRead(string path)
    {
        try
        {
            if (_files.ReadTail(path, CountTailBytes) is not var (key, count, tail))
                return null;
            var numbers = MemoryMarshal.Cast<byte, int>(tail);
            var tokens = numbers[..count].ToArray();
            // Batches of another size have other cells.
            var whole = numbers[count + 1] == batchTokens ? Math.Clamp(numbers[count], 0, count) : 0;
            return ComputeKey(tokens) == key ? new Conversation(tokens, whole) : null;
        }
        catch (TierException)
        {
            return null;
        }
    }
}

/// <summary>A conversation in the tier's folder.</summary>
/// <param name="Path">Its file.</param>
/// <param name="Conversation">What it has.</param>
/// <param name="UsableTokens">Tokens from the first that a prompt can use.</param>
internal sealed record StoredConversation(string Path, Conversation Conversation, int UsableTokens);

/// <summary>The result of loading a conversation.</summary>
/// <param name="Bytes">Bytes that were read; null where it cannot be used.</param>
/// <param name="Note">Why it cannot be used; null where it can.</param>
internal sealed record LoadResult(long? Bytes, string? Note);
