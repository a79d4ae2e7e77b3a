using System.Buffers;
using MemoryWall.Models.Vocabularies;

namespace MemoryWall.Prompts.Tokenizers;

/// <summary>
/// Entries that servers look for before the tokenizer runs. Where several begin at one place the longest wins
/// (as in llama.cpp's <c>tokenizer_st_partition</c>).
/// </summary>
internal sealed class SpecialTokens
{
    private readonly (string Text, int Id)[] _all;
    private readonly SearchValues<string>? _allTexts;
    private readonly SearchValues<string>? _controlTexts;

    private SpecialTokens((string Text, int Id)[] all, string[] steering)
    {
        _all = all;
        _allTexts = all.Length == 0 ? null : SearchValues.Create([.. all.Select(t => t.Text)], StringComparison.Ordinal);
        _controlTexts = steering.Length == 0 ? null : SearchValues.Create(steering, StringComparison.Ordinal);
    }

    /// <summary>The special tokens of a vocabulary.</summary>
    public static SpecialTokens FromVocabulary(Vocabulary vocabulary)
    {
        var all = new List<(string Text, int Id)>();
        var steering = new List<string>();
        for (var id = 0; id < vocabulary.Tokens.Count; id++)
        {
            var kind = id < vocabulary.Kinds.Count ? vocabulary.Kinds[id] : TokenKind.Undefined;
            var text = vocabulary.Tokens[id];
            if (text.Length == 0 || kind is not (TokenKind.Control or TokenKind.UserDefined or TokenKind.Unknown))
                continue;
            all.Add((text, id));
            if (kind is not TokenKind.UserDefined && text.Length > 1)
                steering.Add(text);
        }
        return new SpecialTokens([.. all.OrderByDescending(t => t.Text.Length)], [.. steering]);
    }

    /// <summary>The next special token at or after a place: where it starts, its id and its length; the text's end and length 0 where there
    /// is none.</summary>
    public int FindNext(string text, int from, out int id, out int length)
    {
        id = 0;
        length = 0;
        var found = _allTexts is null ? -1 : text.AsSpan(from).IndexOfAny(_allTexts);
        if (found < 0)
            return text.Length;
        var start = from + found;
        foreach (var special in _all)
        {
            if (!text.AsSpan(start).StartsWith(special.Text, StringComparison.Ordinal))
                continue;
            id = special.Id;
            length = special.Text.Length;
            break;
        }
        return start;
    }

    /// <summary>
    /// Where text spells a token that begins, ends or steers, or -1. Servers differ in whether they read such spellings as the token, so
    /// no prompt may hold one.
    /// </summary>
    public int FindNextControl(string text, int from)
    {
        var found = _controlTexts is null ? -1 : text.AsSpan(from).IndexOfAny(_controlTexts);
        return found < 0 ? -1 : from + found;
    }
}
