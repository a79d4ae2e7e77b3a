using System.Globalization;
using MemoryWall.Core.Units;
using MemoryWall.Models.Gguf;

namespace MemoryWall.Models.Synthetic;

/// <summary>Parses a <see cref="SyntheticSpec"/>.</summary>
internal static class SyntheticSpecParser
{
    private const string FieldNames = "layers, embd, heads, kv, ff, vocab, weights, ctx, tied, tokenizer, seed, "
        + "and for a mixture of experts experts, used, expert-width, arch and locality";

    public static SyntheticSpec? FindPreset(string name) =>
        SyntheticSpec.Presets.FirstOrDefault(preset => preset.Name.Equals(name, StringComparison.OrdinalIgnoreCase));

    public static SyntheticSpec Parse(string text)
    {
        var parts = text.Split(',', StringSplitOptions.TrimEntries);
        var spec = parts[0].Contains('=') ? new SyntheticSpec() : FindPreset(parts[0]) ?? throw new FormatException(
            $"'{parts[0]}' is not a preset; use {string.Join(", ", SyntheticSpec.Presets.Select(preset => preset.Name))}, "
            + $"or name=value pairs with {FieldNames}");
        var pairs = parts[0].Contains('=') ? parts : parts[1..];
        var seen = new HashSet<string>();
        foreach (var pair in pairs)
        {
            var split = pair.IndexOf('=');
            if (split <= 0)
                throw new FormatException($"'{pair}' is not a name=value pair; the names are {FieldNames}");
            var field = pair[..split].Trim().ToLowerInvariant();
            if (!seen.Add(field))
                throw new FormatException($"{field} is given twice");
            spec = SetField(spec, field, pair[(split + 1)..].Trim()) with { Name = "custom" };
        }

        return spec.Validate();
    }

    private static SyntheticSpec SetField(SyntheticSpec spec, string field, string value) => field switch
    {
        "layers" => spec with { Layers = ParseCount(field, value) },
        "embd" => spec with { Embedding = ParseCount(field, value) },
        "heads" => spec with { Heads = ParseCount(field, value) },
        "kv" => spec with { KvHeads = ParseCount(field, value) },
        "ff" => spec with { FeedForward = ParseCount(field, value) },
        "vocab" => spec with { Vocabulary = ParseCount(field, value) },
        "ctx" => spec with { ContextTokens = ParseCount(field, value) },
        "weights" => spec with { Weights = GgmlTypes.FindByName(value) ?? throw InvalidValue(field, value, "f16, q8_0 or q4_0") },
        "tied" => spec with { Tied = bool.TryParse(value, out var tied) ? tied : throw InvalidValue(field, value, "true or false") },
        "tokenizer" => spec with { Tokenizer = ParseTokenizer(field, value) },
        "seed" =>
            spec with
            {
                Seed = uint.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var seed)
                ? seed
                : throw InvalidValue(field, value, $"0 to {uint.MaxValue}")
            },
        _ => spec with { Experts = SetExpertField(spec.Experts ?? new SyntheticExperts(), field, value) },
    };

    private static SyntheticExperts SetExpertField(SyntheticExperts experts, string field, string value) => field switch
    {
        "experts" => experts with { Count = ParseCount(field, value) },
        "used" => experts with { Used = ParseCount(field, value) },
        "expert-width" => experts with { Width = ParseCount(field, value) },
        "arch" => experts with
        {
            Architecture = value.ToLowerInvariant() switch
            {
                "llama" => SyntheticArchitecture.Llama,
                "qwen3moe" => SyntheticArchitecture.Qwen3Moe,
                _ => throw InvalidValue(field, value, "llama or qwen3moe"),
            }
        },
        "locality" => experts with
        {
            Locality = double.TryParse(value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var gain)
                ? gain
                : throw InvalidValue(field, value, $"a number from 0 to {SyntheticExperts.MaxLocality}"),
        },
        _ => throw new FormatException($"'{field}' is not a field; the fields are {FieldNames}"),
    };

    private static int ParseCount(string field, string value) =>
        TokenCount.TryParse(value, out var count)
            ? count.Value
            : throw InvalidValue(field, value, "a whole number, 1 or more, such as 384 or 32k (k = 1024),");

    private static SyntheticTokenizer ParseTokenizer(string field, string value) => value.ToLowerInvariant() switch
    {
        "gpt2" or "bpe" => SyntheticTokenizer.Gpt2,
        "spm" => SyntheticTokenizer.Spm,
        _ => throw InvalidValue(field, value, "gpt2 or spm"),
    };

    private static FormatException InvalidValue(string field, string value, string right) =>
        new($"{field} is '{value}'; it must be {right}");
}
