namespace MemoryWall.Prompts.Tokenizers;

/// <summary>Takes a text's words as they are encoded, in order.</summary>
internal interface IWordSink
{
    /// <summary>One word, encoded on its own.</summary>
    /// <param name="end">Where it ends in the text, in characters.</param>
    /// <param name="ids">Its tokens.</param>
    /// <returns>False to stop.</returns>
    bool Add(int end, ReadOnlySpan<int> ids);
}

/// <summary>Keeps all tokens.</summary>
internal sealed class IdCollector(int capacity) : IWordSink
{
    /// <summary>The tokens so far.</summary>
    public List<int> Ids { get; } = new(capacity);

    /// <inheritdoc/>
    public bool Add(int end, ReadOnlySpan<int> ids)
    {
        Ids.AddRange(ids);
        return true;
    }
}

/// <summary>Keeps the number of tokens.</summary>
internal sealed class TokenTally : IWordSink
{
    /// <summary>Tokens so far.</summary>
    public long Tokens { get; private set; }

    /// <inheritdoc/>
    public bool Add(int end, ReadOnlySpan<int> ids)
    {
        Tokens += ids.Length;
        return true;
    }
}
