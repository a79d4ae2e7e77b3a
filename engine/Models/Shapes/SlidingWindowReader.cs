using System.Collections.Frozen;

namespace MemoryWall.Models.Shapes;

/// <summary>
/// Which layers look back on a window only. GGUF tells the window; the pattern over the layers is often known to the program alone.
/// Source: the calls of <c>set_swa_pattern</c> in llama.cpp's model loaders.
/// </summary>
internal static class SlidingWindowReader
{
    /// <summary>What llama.cpp knows of an architecture.</summary>
    /// <param name="Period">One layer in so many sees the whole context; 1 where all do.</param>
    /// <param name="DenseFirst">Whether that layer is the first of its group; else it is the last.</param>
    /// <param name="DefaultWindow">The window where the model does not tell it.</param>
    /// <param name="FixedWindow">The window whatever the model tells, unless it tells 0.</param>
    private sealed record ArchitectureRule(int Period, bool DenseFirst = false, int? DefaultWindow = null, int? FixedWindow = null);

    private static readonly FrozenDictionary<string, ArchitectureRule> s_rules = new Dictionary<string, ArchitectureRule>
    {
        ["afmoe"] = new(4),
        ["cohere2"] = new(4),
        ["cohere2moe"] = new(4, DenseFirst: true),
        ["exaone-moe"] = new(4, DefaultWindow: 128),
        ["exaone4"] = new(4, DefaultWindow: 4096),
        ["gemma-embedding"] = new(6),
        ["gemma2"] = new(2, DefaultWindow: 4096),
        ["gemma3"] = new(6),
        ["gemma3n"] = new(5),
        ["gpt-oss"] = new(2),
        ["gptoss"] = new(2), // Ollama's own spelling
        ["laguna"] = new(4, DenseFirst: true),
        ["llama4"] = new(4, DefaultWindow: 8192, FixedWindow: 8192), // chunks of that length
        ["mellum"] = new(4),
        ["modern-bert"] = new(3, DenseFirst: true),
        ["olmo2"] = new(4),
        ["phi3"] = new(1), // tells a window, but llama.cpp computes and stores the whole context
        ["plamo3"] = new(8),
        ["smallthinker"] = new(4, DenseFirst: true, FixedWindow: 4096),
    }.ToFrozenDictionary();

    /// <summary>
    /// The window of each layer, null where it sees the whole context. Where neither the model nor the table tells a pattern, all layers
    /// see the whole context: no forecast of memory is then too small.
    /// </summary>
    public static int?[] Read(ModelMetadata metadata, string architecture, int layers)
    {
        var windows = new int?[layers];
        var rule = s_rules.GetValueOrDefault(architecture);
        if (rule?.Period == 1 || (architecture == "exaone4" && layers != 64)) // only the largest EXAONE 4 slides
            return windows;
        var told = metadata.Integer($"{architecture}.attention.sliding_window");
        var window = told == 0 ? 0 : (told is null ? null : rule?.FixedWindow) ?? told ?? rule?.DefaultWindow ?? 0;
        if (window == 0)
            return windows;
        var slides = ReadPattern(metadata, architecture, layers, rule);
        for (var i = 0; i < layers; i++)
            windows[i] = slides(i) ? window : null;
        return windows;
    }

    private static Func<int, bool> ReadPattern(ModelMetadata metadata, string architecture, int layers, ArchitectureRule? rule)
    {
        var key = $"{architecture}.attention.sliding_window_pattern";
        if (metadata.IsWithheld(key) && rule is not null)
            return PeriodicPattern(rule.Period, rule.DenseFirst);
        if (metadata.IsArray(key))
        {
            var flags = metadata.IntegerPerLayer(key, layers)!;
            return i => flags[i] != 0;
        }

        return PeriodicPattern(metadata.Integer(key) ?? rule?.Period ?? 1, rule is { DenseFirst: true });
    }

    private static Func<int, bool> PeriodicPattern(int period, bool denseFirst) => period switch
    {
        0 => _ => true,
        1 => _ => false,
        _ when denseFirst => i => i % period != 0,
        _ => i => i % period < period - 1,
    };
}
