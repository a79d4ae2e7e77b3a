using MemoryWall.Models.Vocabularies;
using Microsoft.ML.Tokenizers;

namespace MemoryWall.Prompts.Tokenizers;

/// <summary>Byte-level BPE (GGUF's <c>gpt2</c>): a pre-tokenizer cuts words, Microsoft.ML.Tokenizers merges their bytes.</summary>
internal sealed class ByteLevelBpe : ITokenizerFamily
{
    private readonly BpeTokenizer _bpe;
    private readonly PreTokenizer _pre;
    private readonly Dictionary<string, int>? _wholeWords;

    private ByteLevelBpe(BpeTokenizer bpe, PreTokenizer pre, Dictionary<string, int>? wholeWords, bool complete)
    {
        _bpe = bpe;
        _pre = pre;
        _wholeWords = wholeWords;
        IsExact = complete && pre.IsKnown;
        Name = $"Microsoft.ML.Tokenizers, byte-level BPE, {(pre.IsKnown ? pre.Name : $"generic words ('{pre.Name}' is unknown)")}";
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public bool IsExact { get; }

    // The library's time is quadratic in the length of a word.
    /// <inheritdoc/>
    public int MaxWordLength => 4_000;

    /// <inheritdoc/>
    public char SpaceMarker => ByteLevelAlphabet.Space;

    /// <inheritdoc/>
    public bool AddsSpacePrefix => false;

    /// <summary>Creates the tokenizer of a vocabulary; null, with the problem, where its tables cannot be loaded.</summary>
    public static ByteLevelBpe? Create(Vocabulary vocabulary, out string? problem)
    {
        problem = null;
        if (vocabulary.Merges is not { } merges)
        {
            problem = "the vocabulary names a byte-level BPE but has no merges";
            return null;
        }
        var ids = new Dictionary<string, int>(vocabulary.Tokens.Count, StringComparer.Ordinal);
        var complete = true;
        for (var id = 0; id < vocabulary.Tokens.Count; id++)
            complete &= ids.TryAdd(vocabulary.Tokens[id], id);
        foreach (var character in ByteLevelAlphabet.Characters)
            complete &= ids.ContainsKey(character.ToString());
        var usable = new List<string>(merges.Count);
        var seen = new HashSet<string>(merges.Count, StringComparer.Ordinal);
        foreach (var merge in merges)
        {
            var blank = merge.IndexOf(' ', StringComparison.Ordinal);
            if (blank > 0 && ids.ContainsKey(merge[..blank]) && ids.ContainsKey(merge[(blank + 1)..]) &&
                ids.ContainsKey(merge.Remove(blank, 1)) && seen.Add(merge))
                usable.Add(merge);
            else
                complete = false;
        }
        var pre = PreTokenizer.FromName(vocabulary.PreTokenizerName);
        try
        {
            var bpe = BpeTokenizer.Create(new BpeOptions(ids) { Merges = usable, ByteLevel = true });
            return new ByteLevelBpe(bpe, pre, pre.IgnoresMerges ? ids : null, complete);
        }
        catch (Exception e) when (e is InvalidOperationException or ArgumentException)
        {
            problem = $"Microsoft.ML.Tokenizers cannot load the vocabulary: {e.Message}";
            return null;
        }
    }

    /// <inheritdoc/>
    public string Escape(string text) => text;

    /// <inheritdoc/>
    public bool Split(ReadOnlySpan<char> escaped, Func<int, int, bool> word) => _pre.Split(escaped, word);

    /// <inheritdoc/>
    public int[] Encode(ReadOnlySpan<char> word)
    {
        if (_wholeWords is not null && _wholeWords.TryGetValue(ByteLevelAlphabet.Spell(word), out var id))
            return [id];
        return [.. _bpe.EncodeToIds(word, considerPreTokenization: false, considerNormalization: false)];
    }
}
