namespace MemoryWall.Prompts.Tokenizers;

/// <summary>Receives the encoded words of a text, in order.</summary>
internal interface IWordSink
{
    /// <summary>Receives one word.</summary>
    /// <param name="end">Its end in the text, in characters.</param>
    /// <param name="ids">Its tokens.</param>
    /// <returns>False to stop.</returns>
    bool Add(int end, ReadOnlySpan<int> ids);
}

/// <summary>Collects all tokens.</summary>
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

/// <summary>Counts the tokens.</summary>
internal sealed class TokenTally : IWordSink
{
    /// <summary>The number of tokens so far.</summary>
    public long Tokens { get; private set; }

    /// <inheritdoc/>
    public bool Add(int end, ReadOnlySpan<int> ids)
    {
        Tokens += ids.Length;
        return true;
    }
}
