using MemoryWall.Models.Vocabularies;

namespace MemoryWall.Prompts.Tokenizers;

/// <summary>
/// Encodes text like the target, in linear time: special tokens are matched first, the rest is split into words, and each distinct word is
/// encoded once. Not thread-safe.
/// </summary>
internal sealed class TextEncoder
{
    private const int MaxCachedWordLength = 64;
    private const int MaxCachedWords = 200_000;

    private readonly ITokenizerFamily _family;
    private readonly Dictionary<string, int[]> _cache = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int[]>.AlternateLookup<ReadOnlySpan<char>> _cached;

    private TextEncoder(ITokenizerFamily family, SpecialTokens specials)
    {
        _family = family;
        Specials = specials;
        _cached = _cache.GetAlternateLookup<ReadOnlySpan<char>>();
    }

    /// <summary>The tokenizer's name in messages.</summary>
    public string Name => _family.Name;

    /// <summary>Whether every text is encoded as by the target; false where that holds only for plain words.</summary>
    public bool IsExact => _family.IsExact;

    /// <summary>The prefix that marks the start of a word in the vocabulary's entries.</summary>
    public char SpaceMarker => _family.SpaceMarker;

    /// <summary>Whether the first word of a text is encoded as after a blank.</summary>
    public bool AddsSpacePrefix => _family.AddsSpacePrefix;

    /// <summary>The vocabulary's special tokens.</summary>
    public SpecialTokens Specials { get; }

    /// <summary>Creates an encoder for a vocabulary; null, with the problem, where its family is unknown or its tables cannot be
    /// loaded.</summary>
    public static TextEncoder? Create(Vocabulary vocabulary, out string? problem)
    {
        ITokenizerFamily? family = null;
        problem = null;
        switch (vocabulary.Model)
        {
            case "gpt2":
                family = ByteLevelBpe.Create(vocabulary, out problem);
                break;
            case "llama":
                family = SentencePieceBpe.Create(vocabulary, out problem);
                break;
            default:
                problem = $"tokenizers of the family '{vocabulary.Model}' are not supported (gpt2 and llama are)";
                break;
        }
        return family is null ? null : new TextEncoder(family, SpecialTokens.FromVocabulary(vocabulary));
    }

    /// <summary>Encodes a text without the tokens that the tokenizer adds around it (BOS, EOS).</summary>
    /// <param name="text">The text.</param>
    /// <param name="sink">Receives the words.</param>
    /// <param name="continues">Whether the text continues other text, so that no blank is added before it.</param>
    /// <returns>Why the text cannot be encoded; null where it can.</returns>
    public string? Encode(string text, IWordSink sink, bool continues = false)
    {
        var at = 0;
        var afterSpecial = !continues;
        while (at < text.Length)
        {
            var start = Specials.FindNext(text, at, out var id, out var length);
            if (start > at && !EncodePlain(text, at, start, afterSpecial, sink, out var problem))
                return problem;
            if (length == 0)
                return null;
            at = Specials.SkipStripped(text, start + length, id);
            if (!sink.Add(at, [id]))
                return null;
            afterSpecial = true;
        }
        return null;
    }

    /// <summary>The tokens of a text; null where it cannot be encoded.</summary>
    public List<int>? Encode(string text, bool continues = false)
    {
        var ids = new IdCollector((text.Length / 4) + 8);
        return Encode(text, ids, continues) is null ? ids.Ids : null;
    }

    private bool EncodePlain(string text, int from, int to, bool atStart, IWordSink sink, out string? problem)
    {
        var plain = from == 0 && to == text.Length ? text : text[from..to];
        var shift = from;
        if (atStart && _family.AddsSpacePrefix)
        {
            plain = " " + plain;
            shift--;
        }
        var escaped = _family.Escape(plain);
        string? found = null;
        var whole = _family.Split(escaped, (start, length) =>
        {
            if (length > _family.MaxWordLength)
            {
                found = FormattableString.Invariant(
                    $"a word of {length:N0} characters without a break is too long to encode (at most {_family.MaxWordLength:N0})");
                return false;
            }
            return sink.Add(start + length + shift, EncodeWord(escaped.AsSpan(start, length)));
        });
        problem = found;
        return whole;
    }

    private int[] EncodeWord(ReadOnlySpan<char> word)
    {
        if (_cached.TryGetValue(word, out var ids))
            return ids;
        ids = _family.Encode(word);
        if (word.Length <= MaxCachedWordLength && _cache.Count < MaxCachedWords)
            _cached[word] = ids;
        return ids;
    }
}
