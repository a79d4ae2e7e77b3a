using System.Globalization;
using System.Runtime.InteropServices;

namespace MemoryWall.LlamaServer.StorageTier;

/// <summary>
/// KV caches of conversations in the tier's folder. Each file has the tokens of its cells, so that a conversation that goes on in another
/// way finds what is common. Unlike those of <see cref="KvStateStore"/>, its cells are what a prompt cache has: also those of answers.
/// </summary>
/// <param name="tier">The started tier.</param>
/// <param name="identity">What cells depend on: model, build and options.</param>
/// <param name="windowTokens">The cells of the KV cache.</param>
internal sealed class ConversationStore(ManagedTier tier, string identity, int windowTokens)
{
    /// <summary>So few tokens are computed about as fast as a file is opened.</summary>
    public const int MinTokens = 64;

    private const string Prefix = TierFolder.StatePrefix + "chat-";

    private readonly KvStateFile _files = new(tier);
    private Dictionary<string, int[]>? _saved;

    private Dictionary<string, int[]> Saved => _saved ??= ReadFolder();

    /// <summary>Finds the conversation that has the most tokens in common with a prompt.</summary>
    /// <returns>Its file, and how many tokens from the first are the same; null where none has any.</returns>
    public (string Path, int Tokens)? Find(ReadOnlySpan<int> prompt)
    {
        foreach (var gone in Saved.Keys.Where(path => !File.Exists(path)).ToList())
            Saved.Remove(gone);
        (string Path, int Tokens)? best = null;
        foreach (var (path, tokens) in Saved)
        {
            var common = tokens.AsSpan().CommonPrefixLength(prompt);
            // Of two, the shorter one is loaded sooner.
            if (common > 0
                && (best is not { } other || common > other.Tokens
                    || (common == other.Tokens && tokens.Length < Saved[other.Path].Length)))
                best = (path, common);
        }
        return best;
    }

    /// <summary>Loads the cells of a conversation into the KV cache.</summary>
    /// <returns>Bytes that were read; null where the file is damaged or cannot be read. The contents of the cells are then not
    /// known.</returns>
    public long? Load(string path)
    {
        var tokens = Saved[path];
        try
        {
            _ = _files.Load(path, ComputeKey(tokens), tokens.Length, tokens.Length * sizeof(int));
            TierFolder.MarkUsed(path);
            return _files.GetBytes(tokens.Length, tokens.Length * sizeof(int));
        }
        catch (DamagedStateException)
        {
            Remove(path);
            return null;
        }
        catch (TierException)
        {
            // The device failed. The file may be whole, but it is not tried again at every turn.
            Saved.Remove(path);
            return null;
        }
    }

    /// <summary>Saves the tokens in the KV cache as a conversation, in place of those that it continues.</summary>
    /// <returns>The result; its bytes are those that were written, 0 where a saved conversation has the same cells.</returns>
    public SaveResult Save(int[] tokens)
    {
        if (Saved.FirstOrDefault(other => other.Value.AsSpan().StartsWith(tokens) && File.Exists(other.Key)) is { Key: { } same })
        {
            TierFolder.MarkUsed(same);
            return new SaveResult(0, null);
        }
        tier.Kv.Flush();
        var key = ComputeKey(tokens);
        var path = Path.Combine(tier.Folder.Path,
            string.Create(CultureInfo.InvariantCulture, $"{Prefix}{tokens.Length}-{key[..32]}{TierFolder.StateExtension}"));
        var saved = tier.Folder.WriteState(_files.GetBytes(tokens.Length, tokens.Length * sizeof(int)),
            () => _files.Write(path, key, tokens.Length, MemoryMarshal.AsBytes(tokens.AsSpan())));
        if (saved.Bytes is null)
            return saved;
        // The end of an earlier file is often another one: the answer is tokenized again as part of a longer text.
        foreach (var earlier in Saved.Where(other => other.Key != path
            && tokens.AsSpan().CommonPrefixLength(other.Value) > other.Value.Length - MinTokens).Select(other => other.Key).ToList())
            Remove(earlier);
        Saved[path] = tokens;
        return saved;
    }

    private void Remove(string path)
    {
        TierFolder.TryDelete(new FileInfo(path));
        Saved.Remove(path);
    }

    private string ComputeKey(ReadOnlySpan<int> tokens) => TierFileHeader.ComputeKey(identity, tokens);

    // The key of a file is a hash of its tokens and of what its cells depend on, so files of other models or builds are not found.
    private Dictionary<string, int[]> ReadFolder()
    {
        var found = new Dictionary<string, int[]>();
        foreach (var file in tier.Folder.ListStates().Where(file => file.Name.StartsWith(Prefix, StringComparison.Ordinal)))
            // A larger window of an earlier time has more cells than this KV cache.
            if (TryReadTokens(file.FullName) is { } tokens && tokens.Length <= windowTokens)
                found[file.FullName] = tokens;
        return found;
    }

    private int[]? TryReadTokens(string path)
    {
        try
        {
            return _files.ReadTail(path, count => count * sizeof(int)) is var (key, _, tail)
                && MemoryMarshal.Cast<byte, int>(tail).ToArray() is var tokens && ComputeKey(tokens) == key ? tokens : null;
        }
        catch (TierException)
        {
            return null;
        }
    }
}
