using MemoryWall.Models.Vocabularies;
using MemoryWall.Prompts.Tokenizers;

namespace MemoryWall.Prompts;

/// <summary>Finds the entries of a vocabulary that are whole words and remain single tokens next to each other.</summary>
internal static class VocabularyWordFinder
{
    private const int MinWordLength = 2;
    private const int MaxWordLength = 14;

    /// <summary>Finds the words; null, with the problem, where there are too few.</summary>
    public static WordPool? Find(Vocabulary vocabulary, TextEncoder encoder, out string? problem)
    {
        var joined = JoinedEndings(vocabulary, encoder.SpaceMarker);
        var bare = encoder.AddsSpacePrefix ? null : BareWords(vocabulary);
        var words = new List<string>();
        var ids = new List<int>();
        var openers = new List<int>();
        var openerIds = new List<int>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (var id = 0; id < vocabulary.Tokens.Count; id++)
        {
            var token = vocabulary.Tokens[id];
            if (token.Length <= MinWordLength || token[0] != encoder.SpaceMarker || !IsPlainWord(token.AsSpan(1))
                || !IsNormalToken(vocabulary, id))
                continue;
            var word = token[1..];
            if (joined.Contains(word[^1]) || !seen.Add(word) || !IsSingleToken(encoder, " " + word, id, continues: true))
                continue;
            var bareId = id;
            if ((bare is null || bare.TryGetValue(word, out bareId)) && IsSingleToken(encoder, word, bareId, continues: false))
            {
                openers.Add(words.Count);
                openerIds.Add(bareId);
            }
            words.Add(word);
            ids.Add(id);
        }
        var pool = new WordPool([.. words], [.. ids], [.. openers], [.. openerIds]);
        problem = !pool.HasEnoughWords
            ? $"only {words.Count} entries of the vocabulary are plain words of one token "
                + $"({openers.Count} of them at the start of a text too); at least {WordPool.MinWords} ({WordPool.MinOpeners}) are needed"
            : StaySingleTokens(pool, encoder) ? null : "plain words of the vocabulary do not remain single tokens next to each other";
        return problem is null ? pool : null;
    }

    private static bool StaySingleTokens(WordPool pool, TextEncoder encoder)
    {
        int[] order = [pool.Openers[0], .. Enumerable.Range(0, pool.Words.Length)];
        int[] expected = [pool.OpenerIds![0], .. pool.Ids!];
        return encoder.Encode(pool.Join("", order)) is { } counted && counted.SequenceEqual(expected);
    }

    private static bool IsSingleToken(TextEncoder encoder, string text, int id, bool continues) =>
        encoder.Encode(text, continues) is [var only] && only == id;

    private static bool IsNormalToken(Vocabulary vocabulary, int id) =>
        id >= vocabulary.Kinds.Count || vocabulary.Kinds[id] is TokenKind.Normal or TokenKind.Undefined;

    private static bool IsPlainWord(ReadOnlySpan<char> word) =>
        word.Length is >= MinWordLength and <= MaxWordLength && !word.ContainsAnyExceptInRange('a', 'z');

    /// <summary>Characters that precede a blank within some entry: a word that ends with one of them could be merged with the next
    /// word.</summary>
    private static HashSet<char> JoinedEndings(Vocabulary vocabulary, char blank)
    {
        var endings = new HashSet<char>();
        foreach (var token in vocabulary.Tokens)
        {
            for (var i = 1; i < token.Length; i++)
            {
                if (token[i] == blank)
                    endings.Add(token[i - 1]);
            }
        }
        return endings;
    }

    private static Dictionary<string, int> BareWords(Vocabulary vocabulary)
    {
        var bare = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var id = 0; id < vocabulary.Tokens.Count; id++)
        {
            if (IsPlainWord(vocabulary.Tokens[id]) && IsNormalToken(vocabulary, id))
                bare.TryAdd(vocabulary.Tokens[id], id);
        }
        return bare;
    }
}
