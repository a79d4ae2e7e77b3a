using System.Globalization;
using MemoryWall.Models.Gguf;
using MemoryWall.Units;

namespace MemoryWall.Embedded.Synthetic;

/// <summary>
/// Reads a shape as people write it: a preset's name (<c>nano</c>), changes to a preset (<c>1b,weights=q4_0</c>), or sizes of one's own
/// (<c>layers=8,embd=512,heads=8,kv=2,ff=1408,vocab=32768,weights=q8_0,ctx=131072,seed=1</c>). What is not named is as in <c>nano</c>.
/// </summary>
public static class SyntheticShapeText
{
    private const int Block = 32;

    /// <summary>Reads a shape and checks that a model can have it.</summary>
    /// <exception cref="FormatException">The text names no such shape; the message names the field.</exception>
    public static SyntheticShape Parse(string text)
    {
        var shape = SyntheticPresets.Find(SyntheticPresets.Default)!;
        var parts = text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        if (parts.Length == 0)
            throw new FormatException("an empty text names no model shape; write a preset (nano, small, 1b, 8b) or sizes such as layers=8,embd=512");
        foreach (var (part, index) in parts.Select((part, index) => (part, index)))
            shape = part.Contains('=', StringComparison.Ordinal)
                ? Change(shape with { Name = "custom" }, part)
                : index == 0 && SyntheticPresets.Find(part) is { } preset
                    ? preset
                    : throw new FormatException($"'{part}' is no preset ({string.Join(", ", SyntheticPresets.All.Select(known => known.Name))}) and no size such as layers=8");
        return Checked(shape);
    }

    private static SyntheticShape Change(SyntheticShape shape, string part)
    {
        var (key, value) = (part[..part.IndexOf('=')].Trim(), part[(part.IndexOf('=') + 1)..].Trim());
        return key switch
        {
            "layers" => shape with { Layers = Number(key, value, 1, 1024) },
            "embd" => shape with { Embedding = Number(key, value, Block, 65_536) },
            "heads" => shape with { Heads = Number(key, value, 1, 1024) },
            "kv" => shape with { KvHeads = Number(key, value, 1, 1024) },
            "ff" => shape with { FeedForward = Number(key, value, Block, 1 << 20) },
            "vocab" => shape with { Vocabulary = Number(key, value, Gpt2Vocabulary.Smallest, 1 << 20) },
            "ctx" => shape with { Context = Number(key, value, 256, 1 << 28) },
            "seed" => shape with { Seed = Number(key, value, 0, int.MaxValue) },
            "weights" => shape with { Weights = Weights(value) },
            _ => throw new FormatException($"'{key}' is no size of a model shape; one of layers, embd, heads, kv, ff, vocab, ctx, weights, seed"),
        };
    }

    private static string Weights(string value) => value.ToUpperInvariant() is "F16" or "Q8_0" or "Q4_0"
        ? value.ToUpperInvariant()
        : throw new FormatException($"weights: '{value}' cannot be written; one of f16, q8_0, q4_0");

    private static int Number(string key, string value, int least, int most) =>
        TokenCount.TryParse(value, out var number) && number.Value >= least && number.Value <= most || value == "0" && least == 0
            ? number.Value
            : throw new FormatException(string.Create(CultureInfo.InvariantCulture, $"{key}: '{value}' is not a whole number from {least} to {most}"));

    private static SyntheticShape Checked(SyntheticShape shape)
    {
        if (shape.Embedding % shape.Heads != 0)
            throw new FormatException($"heads: {shape.Heads} does not divide embd {shape.Embedding}");
        if (shape.HeadWidth % 2 != 0)
            throw new FormatException($"heads: heads of width {shape.HeadWidth} (embd {shape.Embedding} / {shape.Heads}) cannot be rotated; the width must be even");
        if (shape.Heads % shape.KvHeads != 0)
            throw new FormatException($"kv: {shape.KvHeads} does not divide heads {shape.Heads}");
        foreach (var (name, size) in new[] { ("embd", shape.Embedding), ("ff", shape.FeedForward) })
            if (size % Block != 0 && GgmlType.Of(shape.Weights)!.BlockElements > 1)
                throw new FormatException($"{name}: {size} is not a multiple of {Block}, which {shape.Weights} needs");
        return shape;
    }
}
