using MemoryWall.Models;
using Microsoft.ML.Tokenizers;

namespace MemoryWall.Prompts.Tokenizers;

/// <summary>
/// SentencePiece BPE (GGUF's <c>llama</c>): blanks become ▁ and Microsoft.ML.Tokenizers merges by score. A text has no words of its own
/// here, but no merge can join two characters that stand side by side in no entry; the text is cut there, so that time stays linear.
/// </summary>
internal sealed class SentencePieceBpe : ITokenizerFamily
{
    private const char Mark = '▁';

    private readonly SentencePieceTokenizer _pieces;
    private readonly HashSet<(char Left, char Right)> _neighbours;

    private SentencePieceBpe(SentencePieceTokenizer pieces, HashSet<(char, char)> neighbours, bool addsBlankPrefix, bool complete)
    {
        _pieces = pieces;
        _neighbours = neighbours;
        AddsBlankPrefix = addsBlankPrefix;
        IsExact = complete;
    }

    /// <inheritdoc/>
    public string Name => "Microsoft.ML.Tokenizers, SentencePiece BPE";

    /// <inheritdoc/>
    public bool IsExact { get; }

    /// <inheritdoc/>
    public char BlankMark => Mark;

    /// <inheritdoc/>
    public bool AddsBlankPrefix { get; }

    /// <summary>The tokenizer of a vocabulary; null, and why, where its tables do not load.</summary>
    public static SentencePieceBpe? Create(Vocabulary vocabulary, out string? problem)
    {
        problem = null;
        if (vocabulary.Scores is not { } scores || scores.Count < vocabulary.Tokens.Count)
        {
            problem = "the vocabulary names a SentencePiece tokenizer but has no score for each entry";
            return null;
        }
        var neighbours = new HashSet<(char, char)>();
        foreach (var token in vocabulary.Tokens)
        {
            for (var i = 1; i < token.Length; i++)
                neighbours.Add((token[i - 1], token[i]));
        }
        try
        {
            using var model = SentencePieceModel.Write(vocabulary, scores, out var complete);
            var pieces = LlamaTokenizer.Create(model, addBeginOfSentence: false, addEndOfSentence: false);
            return new SentencePieceBpe(pieces, neighbours, vocabulary.AddSpacePrefix, complete);
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException)
        {
            problem = $"Microsoft.ML.Tokenizers cannot load the vocabulary: {e.Message}";
            return null;
        }
    }

    /// <inheritdoc/>
    public string Escape(string text) => text.Replace(' ', Mark);

    /// <inheritdoc/>
    public bool Split(ReadOnlySpan<char> escaped, Func<int, int, bool> word)
    {
        var start = 0;
        for (var i = 1; i < escaped.Length; i++)
        {
            if (char.IsLowSurrogate(escaped[i]) || _neighbours.Contains((escaped[i - 1], escaped[i])))
                continue;
            if (!word(start, i - start))
                return false;
            start = i;
        }
        return start == escaped.Length || word(start, escaped.Length - start);
    }

    /// <inheritdoc/>
    public int[] Encode(ReadOnlySpan<char> word) =>
        [.. _pieces.EncodeToIds(word, addBeginningOfSentence: false, addEndOfSentence: false, considerPreTokenization: false, considerNormalization: false)];
}
