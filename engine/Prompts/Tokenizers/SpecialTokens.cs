using System.Buffers;
using MemoryWall.Models.Vocabularies;

namespace MemoryWall.Prompts.Tokenizers;

/// <summary>
/// Entries that servers match before the tokenizer runs. Where several match at the same position, the longest is used (as in llama.cpp's
/// <c>tokenizer_st_partition</c>).
/// </summary>
internal sealed class SpecialTokens
{
    private readonly (string Text, int Id)[] _all;
    private readonly SearchValues<string>? _allTexts;
    private readonly SearchValues<string>? _controlTexts;

    private readonly IReadOnlySet<int> _stripsRight;

    private SpecialTokens((string Text, int Id)[] all, string[] steering, IReadOnlySet<int> stripsRight)
    {
        _stripsRight = stripsRight;
        _all = all;
        _allTexts = all.Length == 0 ? null : SearchValues.Create([.. all.Select(t => t.Text)], StringComparison.Ordinal);
        _controlTexts = steering.Length == 0 ? null : SearchValues.Create(steering, StringComparison.Ordinal);
    }

    /// <summary>Collects the special tokens of a vocabulary.</summary>
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
        return new SpecialTokens([.. all.OrderByDescending(t => t.Text.Length)], [.. steering], vocabulary.StripsRight);
    }

    /// <summary>Finds the next special token at or after a position: its start, id and length; the end of the text and length 0 for
    /// none.</summary>
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

    /// <summary>Where the text after a special token begins: some take the white space after them with them.</summary>
    public int SkipStripped(string text, int at, int id)
    {
        if (_stripsRight.Contains(id))
            while (at < text.Length && text[at] is ' ' or '\t' or '\n' or '\v' or '\f' or '\r')
                at++;
        return at;
    }

    /// <summary>
    /// The position where a text spells a control token; -1 for none. Servers differ in whether they interpret such spellings as the token,
    /// so a prompt must not contain one.
    /// </summary>
    public int FindNextControl(string text, int from)
    {
        var found = _controlTexts is null ? -1 : text.AsSpan(from).IndexOfAny(_controlTexts);
        return found < 0 ? -1 : from + found;
    }
}
