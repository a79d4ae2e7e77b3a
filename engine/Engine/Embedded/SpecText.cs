using System.Globalization;
using MemoryWall.Models.Gguf;
using MemoryWall.Units;

namespace MemoryWall.Embedded;

/// <summary>Reads a <see cref="SyntheticSpec"/> from text.</summary>
internal static class SpecText
{
    private const string Fields = "layers, embd, heads, kv, ff, vocab, weights, ctx, tied, tokenizer and seed";

    public static SyntheticSpec? Preset(string name) =>
        SyntheticSpec.Presets.FirstOrDefault(preset => preset.Name.Equals(name, StringComparison.OrdinalIgnoreCase));

    public static SyntheticSpec Parse(string text)
    {
        var parts = text.Split(',', StringSplitOptions.TrimEntries);
        var spec = parts[0].Contains('=') ? new SyntheticSpec() : Preset(parts[0]) ?? throw new FormatException(
            $"'{parts[0]}' is no preset; {string.Join(", ", SyntheticSpec.Presets.Select(preset => preset.Name))} are, or write name=value pairs with {Fields}");
        var pairs = parts[0].Contains('=') ? parts : parts[1..];
        var seen = new HashSet<string>();
        foreach (var pair in pairs)
        {
            var split = pair.IndexOf('=');
            if (split <= 0)
                throw new FormatException($"'{pair}' is no name=value pair; names are {Fields}");
            var field = pair[..split].Trim().ToLowerInvariant();
            if (!seen.Add(field))
                throw new FormatException($"{field} is given twice");
            spec = With(spec, field, pair[(split + 1)..].Trim()) with { Name = "custom" };
        }

        return spec.Validated();
    }

    private static SyntheticSpec With(SyntheticSpec spec, string field, string value) => field switch
    {
        "layers" => spec with { Layers = Count(field, value) },
        "embd" => spec with { Embedding = Count(field, value) },
        "heads" => spec with { Heads = Count(field, value) },
        "kv" => spec with { KvHeads = Count(field, value) },
        "ff" => spec with { FeedForward = Count(field, value) },
        "vocab" => spec with { Vocabulary = Count(field, value) },
        "ctx" => spec with { ContextTokens = Count(field, value) },
        "weights" => spec with { Weights = GgmlTypes.FindByName(value) ?? throw Wrong(field, value, "f16, q8_0 or q4_0") },
        "tied" => spec with { Tied = bool.TryParse(value, out var tied) ? tied : throw Wrong(field, value, "true or false") },
        "tokenizer" => spec with { Tokenizer = TokenizerOf(field, value) },
        "seed" => spec with { Seed = uint.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var seed) ? seed : throw Wrong(field, value, $"0 to {uint.MaxValue}") },
        _ => throw new FormatException($"'{field}' is no field; {Fields} are"),
    };

    private static int Count(string field, string value) =>
        TokenCount.TryParse(value, out var count) ? count.Value : throw Wrong(field, value, "a whole number, 1 or more, such as 384 or 32k (k = 1024),");

    private static SyntheticTokenizer TokenizerOf(string field, string value) => value.ToLowerInvariant() switch
    {
        "gpt2" or "bpe" => SyntheticTokenizer.Gpt2,
        "spm" => SyntheticTokenizer.Spm,
        _ => throw Wrong(field, value, "gpt2 or spm"),
    };

    private static FormatException Wrong(string field, string value, string right) => new($"{field} is '{value}'; {right} would be right");
}
