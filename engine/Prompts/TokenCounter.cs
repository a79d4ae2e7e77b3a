using MemoryWall.Models.Vocabularies;
using MemoryWall.Prompts.Tokenizers;

namespace MemoryWall.Prompts;

/// <summary>Counts texts with a target's vocabulary, without the target. Not safe for use from many threads.</summary>
internal sealed class TokenCounter
{
    private readonly TextEncoder? _encoder;
    private readonly string? _problem;

    /// <summary>A counter for a vocabulary.</summary>
    public TokenCounter(Vocabulary vocabulary)
    {
        _encoder = TextEncoder.Create(vocabulary, out _problem);
        AddedTokens = AddedSpecialTokens.Count(vocabulary);
    }

    /// <summary>Tokens that the tokenizer itself puts around a text (BOS, EOS); part of every count.</summary>
    public int AddedTokens { get; }

    /// <summary>The number of tokens of a text, or why it is not known.</summary>
    /// <param name="text">Any text; spellings of special tokens count as these tokens, as servers read raw prompts.</param>
    public TokenCountResult Count(string text)
    {
        if (_encoder is null)
            return new TokenCountResult(null, false, null, _problem);
        var tally = new TokenTally();
        return _encoder.Encode(text, tally) is { } problem
            ? new TokenCountResult(null, false, _encoder.Name, problem)
            : new TokenCountResult(tally.Tokens + AddedTokens, _encoder.IsExact, _encoder.Name, null);
    }
}

/// <summary>How many tokens a text has.</summary>
/// <param name="Tokens">The tokens, with those that the tokenizer adds; null where they are not known.</param>
/// <param name="IsExact">Whether the count is the target's own; false for an estimate by a generic rule.</param>
/// <param name="Tokenizer">What counted; null where nothing could.</param>
/// <param name="Problem">Why the tokens are not known; null where they are.</param>
internal sealed record TokenCountResult(long? Tokens, bool IsExact, string? Tokenizer, string? Problem);
