using System.Text.RegularExpressions;

namespace MemoryWall.Prompts.Tokenizers;

/// <summary>
/// Splits text into the words within which byte-level BPE merges. A vocabulary names its rule in <c>tokenizer.ggml.pre</c>. The rules are
/// those of llama.cpp (<c>llama-vocab.cpp</c>): each pattern splits the parts that the previous ones left, and text that a pattern does not
/// match is also a word.
/// </summary>
internal sealed class PreTokenizer
{
    private static readonly Dictionary<string, PreTokenizer> s_rules = Table();

    private readonly Regex[] _patterns;

    private PreTokenizer(string name, bool known, bool ignoresMerges, Regex[] patterns)
    {
        Name = name;
        IsKnown = known;
        IgnoresMerges = ignoresMerges;
        _patterns = patterns;
    }

    /// <summary>Its name in GGUF.</summary>
    public string Name { get; }

    /// <summary>Whether the rule is the target's; false for the generic rule, which is only reliable for plain words between single
    /// blanks.</summary>
    public bool IsKnown { get; }

    /// <summary>Whether a word that is an entry of the vocabulary is encoded as this entry, regardless of the merges.</summary>
    public bool IgnoresMerges { get; }

    /// <summary>Finds a rule by name; the generic rule for an unknown name.</summary>
    /// <param name="name">The name; null for <c>default</c>.</param>
    public static PreTokenizer FromName(string? name)
    {
        name = string.IsNullOrEmpty(name) ? "default" : name;
        return s_rules.TryGetValue(name, out var rule)
            ? rule
            : new PreTokenizer(name, known: false, ignoresMerges: false, [PreTokenizerPatterns.Gpt2()]);
    }

    /// <summary>Reports the words in order by start and length.</summary>
    /// <returns>False where the callback stopped it.</returns>
    public bool Split(ReadOnlySpan<char> text, Func<int, int, bool> word)
    {
        if (!text.ContainsAnyInRange('\uD800', '\uDFFF'))
            return Split(text, 0, 0, word);
        var (replaced, offsets) = CodePoints.ReplaceSupplementary(text);
        return Split(replaced, 0, 0, (start, length) => word(offsets[start], offsets[start + length] - offsets[start]));
    }

    private bool Split(ReadOnlySpan<char> text, int offset, int stage, Func<int, int, bool> word)
    {
        if (text.IsEmpty)
            return true;
        if (stage == _patterns.Length)
            return word(offset, text.Length);
        var at = 0;
        foreach (var match in _patterns[stage].EnumerateMatches(text))
        {
            if (match.Length == 0)
                continue;
            if (!Split(text[at..match.Index], offset + at, stage + 1, word) ||
                !Split(text.Slice(match.Index, match.Length), offset + match.Index, stage + 1, word))
                return false;
            at = match.Index + match.Length;
        }
        return Split(text[at..], offset + at, stage + 1, word);
    }

    private static Dictionary<string, PreTokenizer> Table()
    {
        var table = new Dictionary<string, PreTokenizer>(StringComparer.Ordinal);
        void Add(bool ignoresMerges, Regex[] patterns, params ReadOnlySpan<string> names)
        {
            foreach (var name in names)
                table.Add(name, new PreTokenizer(name, known: true, ignoresMerges, patterns));
        }

        Add(false, [PreTokenizerPatterns.Gpt2()],
            "gpt-2", "phi-2", "olmo", "mpt", "jais", "trillion", "granite-docling", "exaone4", "mellum", "gigachat", "a.x-4.0",
            "modern-bert");
        Add(false, [PreTokenizerPatterns.Digit(), PreTokenizerPatterns.Gpt2()],
            "starcoder", "refact", "command-r", "smollm", "codeshell", "exaone", "minerva-7b", "mellum2");
        Add(true, [PreTokenizerPatterns.Llama3()], "llama3", "llama-v3", "llama-bpe", "falcon3", "falcon-h1", "pixtral", "midm-2.0",
            "lfm2");
        Add(false, [PreTokenizerPatterns.Llama3()], "dbrx", "smaug-bpe", "glm4", "chatglm-bpe");
        Add(false, [PreTokenizerPatterns.Qwen2()], "qwen2", "deepseek-r1-qwen", "kormo", "stablelm2", "hunyuan", "megrez", "solar-open",
            "grok-2");
        Add(false, [PreTokenizerPatterns.Qwen35()], "qwen35");
        Add(false, [PreTokenizerPatterns.Gpt4O()], "gpt-4o", "llama4", "kanana2", "minimax-m2");
        Add(true, [PreTokenizerPatterns.Tekken()], "tekken");
        Add(false, [PreTokenizerPatterns.ThreeDigits(), PreTokenizerPatterns.DeepSeekIdeographs(), PreTokenizerPatterns.DeepSeekV3()],
            "deepseek-v3", "hunyuan-dense", "joyai-llm");
        Add(false,
            [PreTokenizerPatterns.Newline(), PreTokenizerPatterns.DeepSeekCoderWords(), PreTokenizerPatterns.DeepSeekCoderPunctuation(),
                PreTokenizerPatterns.DeepSeekCoderIdeographs(), PreTokenizerPatterns.Digit()],
            "deepseek-coder");
        Add(false, [PreTokenizerPatterns.FalconPunctuation(), PreTokenizerPatterns.Gpt2(), PreTokenizerPatterns.ThreeAsciiDigits()],
            "falcon");
        Add(false,
            [PreTokenizerPatterns.DefaultPunctuation(), PreTokenizerPatterns.Gpt2(), PreTokenizerPatterns.Digits(),
                PreTokenizerPatterns.ThreeAsciiDigits()], "default");
        return table;
    }
}
