using System.Runtime.InteropServices;

namespace MemoryWall.Analysis.Sessions;

/// <summary>A conversation as the embedded server keeps it.</summary>
/// <param name="blocks">The blocks of its prompt.</param>
/// <param name="tokens">Its tokens in whole batches, which are all that is used again.</param>
internal sealed class KeptConversation(int[] blocks, int tokens)
{
    public int[] Blocks => blocks;

    public int Tokens => tokens;

    /// <summary>Its first tokens that the latest prompt has too.</summary>
    public int CommonTokens { get; set; }

    /// <summary>Its first tokens that another prompt has too.</summary>
    public int CountCommon(int[] prompt, int blockTokens) =>
        (int)Math.Min(tokens, (long)blockTokens * blocks.AsSpan().CommonPrefixLength(prompt));
}

/// <summary>Whole conversations in one place, the least recently used first to go.</summary>
/// <param name="blockTokens">Tokens of a block.</param>
/// <param name="capacity">Tokens that have room.</param>
internal sealed class KeptConversations(int blockTokens, long capacity)
{
    /// <summary>So few tokens are neither kept nor brought back, as <c>Conversation.MinTokens</c> of the server.</summary>
    public const int MinKeptTokens = 64;

    // The least recently used first.
    private readonly List<KeptConversation> _entries = [];
    private long _used;

    /// <summary>Compares all conversations with the latest prompt.</summary>
    public void Compare(int[] prompt)
    {
        foreach (var entry in CollectionsMarshal.AsSpan(_entries))
            entry.CommonTokens = entry.CountCommon(prompt, blockTokens);
    }

    /// <summary>The conversation with the most tokens that the latest prompt can use; null where none has any.</summary>
    /// <param name="most">The most tokens that it can use.</param>
    /// <param name="batch">Only whole multiples of these are used.</param>
    /// <param name="prefersShort">Whether of two with as many the shorter one is taken; otherwise that used longest ago.</param>
    public (KeptConversation Entry, int Tokens)? Find(int most, int batch, bool prefersShort)
    {
        KeptConversation? best = null;
        var found = 0;
        foreach (var entry in CollectionsMarshal.AsSpan(_entries))
        {
            var usable = Math.Min(entry.CommonTokens, most) / batch * batch;
            if (usable > found || (prefersShort && usable > 0 && usable == found && entry.Tokens < best!.Tokens))
                (best, found) = (entry, usable);
        }
        return best is null ? null : (best, found);
    }

    /// <summary>Makes a conversation the most recently used one.</summary>
    public void Use(KeptConversation entry)
    {
        _entries.Remove(entry);
        _entries.Add(entry);
    }

    /// <summary>The conversation that has all tokens of another one; null for none.</summary>
    public KeptConversation? FindWith(KeptConversation other) => _entries.Find(entry => CountCommon(entry, other) == other.Tokens);

    /// <summary>Adds a conversation in place of those that it continues.</summary>
    /// <param name="added">The conversation.</param>
    /// <param name="dropsSpareFirst">Whether those that it contains are the first to go where room is short.</param>
    /// <param name="release">Called for each conversation that has to go and is not contained in the added one; false keeps it, and
    /// there is then no room.</param>
    /// <returns>Whether there is room for it.</returns>
    public bool TryAdd(KeptConversation added, bool dropsSpareFirst, Func<KeptConversation, bool> release)
    {
        if (added.Tokens > capacity)
            return false;
        while (_used + added.Tokens > capacity)
        {
            var spare = dropsSpareFirst ? _entries.Find(entry => CountCommon(entry, added) == entry.Tokens) : null;
            var victim = spare ?? _entries[0];
            if (spare is null && !release(victim))
                return false;
            Remove(victim);
        }
        foreach (var earlier in _entries.Where(entry =>
            entry.Tokens <= added.Tokens && CountCommon(entry, added) > entry.Tokens - MinKeptTokens).ToList())
            Remove(earlier);
        _entries.Add(added);
        _used += added.Tokens;
        return true;
    }

    private int CountCommon(KeptConversation first, KeptConversation second) =>
        Math.Min(second.Tokens, first.CountCommon(second.Blocks, blockTokens));

    private void Remove(KeptConversation entry)
    {
        _entries.Remove(entry);
        _used -= entry.Tokens;
    }
}
