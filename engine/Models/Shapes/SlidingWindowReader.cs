using System.Collections.Frozen;

namespace MemoryWall.Models.Shapes;

/// <summary>
/// Determines which layers attend to a sliding window. GGUF contains the window's size; the pattern over the layers is often defined only
/// in llama.cpp. Source: the calls of <c>set_swa_pattern</c> in llama.cpp's model loaders.
/// </summary>
internal static class SlidingWindowReader
{
    /// <summary>llama.cpp's rule for an architecture.</summary>
    /// <param name="Period">One layer of every so many attends to the whole context; 1 where all do.</param>
    /// <param name="DenseFirst">Whether that layer is the first of its group; otherwise it is the last.</param>
    /// <param name="DefaultWindow">The window where the metadata has none.</param>
    /// <param name="FixedWindow">The window regardless of the metadata, unless that has 0.</param>
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
        ["gptoss"] = new(2), // Ollama's spelling
        ["laguna"] = new(4, DenseFirst: true),
        ["llama4"] = new(4, DefaultWindow: 8192, FixedWindow: 8192), // chunks of that length
        ["mellum"] = new(4),
        ["modern-bert"] = new(3, DenseFirst: true),
        ["olmo2"] = new(4),
        ["phi3"] = new(1), // has a window in its metadata, but llama.cpp computes and stores the whole context
        ["plamo3"] = new(8),
        ["smallthinker"] = new(4, DenseFirst: true, FixedWindow: 4096),
    }.ToFrozenDictionary();

    /// <summary>
    /// The window of each layer; null for the whole context. Where neither the metadata nor the table has a pattern, all layers attend to
    /// the whole context, so that a memory forecast is never too small.
    /// </summary>
    public static int?[] Read(ModelMetadata metadata, string architecture, int layers)
    {
        var windows = new int?[layers];
        var rule = s_rules.GetValueOrDefault(architecture);
        if (rule?.Period == 1 || (architecture == "exaone4" && layers != 64)) // only the largest EXAONE 4 has sliding windows
            return windows;
        var stored = metadata.Integer($"{architecture}.attention.sliding_window");
        var window = stored == 0 ? 0 : (stored is null ? null : rule?.FixedWindow) ?? stored ?? rule?.DefaultWindow ?? 0;
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
