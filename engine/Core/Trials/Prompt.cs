namespace MemoryWall.Core.Trials;

/// <summary>Where a prompt's text comes from.</summary>
public enum PromptKind
{
    /// <summary>Whole words of the target's own vocabulary, chosen by seed.</summary>
    Words,

    /// <summary>The user's own text file.</summary>
    Document,
}

/// <summary>A prompt ready to send.</summary>
internal sealed record Prompt
{
    /// <summary>Where its text comes from.</summary>
    public required PromptKind Kind { get; init; }

    /// <summary>The text to send, without what the target adds itself.</summary>
    public required string Text { get; init; }

    /// <summary>Tokens that the target should count: the text's and those that it adds (BOS, template).</summary>
    public required int TokenCount { get; init; }

    /// <summary>
    /// The same prompt as token ids of the target's vocabulary, BOS included where the target would add it; absent where they are not
    /// known. As long as <see cref="TokenCount"/>.
    /// </summary>
    public IReadOnlyList<int>? TokenIds { get; init; }

    /// <summary>The words that come first so that no cache can match; never the same twice.</summary>
    public required string Nonce { get; init; }
}
