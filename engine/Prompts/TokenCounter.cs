using MemoryWall.Models.Vocabularies;
using MemoryWall.Prompts.Tokenizers;

namespace MemoryWall.Prompts;

/// <summary>Counts the tokens of texts with a target's vocabulary, without the target. Not thread-safe.</summary>
internal sealed class TokenCounter
{
    private readonly TextEncoder? _encoder;
    private readonly string? _problem;

    /// <summary>Creates a counter for a vocabulary.</summary>
    public TokenCounter(Vocabulary vocabulary)
    {
        _encoder = TextEncoder.Create(vocabulary, out _problem);
        AddedTokens = AddedSpecialTokens.Count(vocabulary);
    }

    /// <summary>Tokens that the tokenizer adds around a text (BOS, EOS); every count includes them.</summary>
    public int AddedTokens { get; }

    /// <summary>Counts the tokens of a text.</summary>
    /// <param name="text">The text. Spellings of special tokens count as these tokens, as in raw prompts of servers.</param>
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

/// <summary>The number of tokens of a text.</summary>
/// <param name="Tokens">The tokens, including those that the tokenizer adds; null where unknown.</param>
/// <param name="IsExact">Whether the count equals the target's; false for an estimate by a generic rule.</param>
/// <param name="Tokenizer">The tokenizer used; null for none.</param>
/// <param name="Problem">Why the number is unknown; null where it is known.</param>
internal sealed record TokenCountResult(long? Tokens, bool IsExact, string? Tokenizer, string? Problem);
