using MemoryWall.Core.Primitives;

namespace MemoryWall.Prompts;

/// <summary>A piece of a conversation.</summary>
/// <param name="Text">The text; that of a later piece begins with a blank.</param>
/// <param name="Ids">Its token ids; null where they are not known.</param>
internal readonly record struct TextPiece(string Text, IReadOnlyList<int>? Ids)
{
    private const int NonceWords = 8;

    /// <summary>Its first words, which no other piece has.</summary>
    public string Nonce => string.Join(' ', Text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Take(NonceWords));

    /// <summary>This piece and one that follows it.</summary>
    public TextPiece Then(TextPiece next) => new(Text + next.Text, Ids is null || next.Ids is null ? null : [.. Ids, .. next.Ids]);
}

/// <summary>
/// Words for conversations, which grow piece by piece. Each word is one token, so that a piece has as many tokens as words. A piece depends
/// only on its key, and a shorter piece of the same key is the beginning of a longer one. Thread-safe.
/// </summary>
/// <param name="pool">The words.</param>
/// <param name="source">The target's tokenizer, where it is known.</param>
/// <param name="countRunsPrefill">Whether the target computes a text to count it.</param>
internal sealed class ConversationTexts(WordPool pool, PromptSource source, Func<bool> countRunsPrefill)
{
    private readonly Lock _gate = new();

    /// <summary>Tokens that the target adds to every prompt.</summary>
    public int AddedTokens => source.AddedTokens;

    /// <summary>Whether the token ids of pieces and of answers are known.</summary>
    public bool HasTokenIds => source.HasTokenIds;

    /// <summary>The ids before every text, such as BOS.</summary>
    public IReadOnlyList<int> OpeningIds => source.OpeningIds;

    /// <summary>The first words of a conversation.</summary>
    /// <param name="key">What makes them unique.</param>
    /// <param name="words">How many, 1 or more.</param>
    public TextPiece Open(ulong key, int words)
    {
        var generator = new SplitMix64(key);
        var opener = generator.NextBelow(pool.Openers.Length);
        var rest = pool.Draw(generator, words - 1);
        return new TextPiece(pool.Join("", [pool.Openers[opener], .. rest]),
            pool.OpenerIds is { } openers && pool.Ids is { } ids ? [openers[opener], .. rest.Select(index => ids[index])] : null);
    }

    /// <summary>Words that follow others.</summary>
    /// <param name="key">What makes them unique.</param>
    /// <param name="words">How many, 0 or more.</param>
    public TextPiece Continue(ulong key, int words)
    {
        var drawn = pool.Draw(new SplitMix64(key), words);
        return new TextPiece(words == 0 ? "" : " " + pool.Join("", drawn),
            pool.Ids is { } ids ? [.. drawn.Select(index => ids[index])] : null);
    }

    /// <summary>A sentence that follows other text and is not made of the pool's words. Its tokens are known where the target's tokenizer
    /// is.</summary>
    /// <param name="text">The sentence, with the blank before it.</param>
    public TextPiece Say(string text) => new(text, Encode(text));

    /// <summary>The ids of a text that follows others, as the target's tokenizer makes them; null where that is not known.</summary>
    public IReadOnlyList<int>? Encode(string text)
    {
        lock (_gate)
            return source.Encoder?.Encode(text, continues: true);
    }

    /// <summary>The tokens of a prompt with those that the target adds, by the tokenizer where it is known exactly, else by the target
    /// where it counts without computing; null where neither is so.</summary>
    public async Task<int?> CountAsync(string text, CancellationToken cancellation)
    {
        if (source.Encoder is { IsExact: true } encoder)
        {
            lock (_gate)
                return encoder.Encode(text)?.Count + AddedTokens;
        }
        return source.Counts is { } counts && !countRunsPrefill()
            ? (await counts.CountAsync(text, cancellation).ConfigureAwait(false)).Tokens
            : null;
    }
}
