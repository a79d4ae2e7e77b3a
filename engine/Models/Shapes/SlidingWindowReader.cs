using System.Collections.Frozen;

namespace MemoryWall.Models.Shapes;

/// <summary>
/// Determines which layers attend to a sliding window. GGUF contains the window's size; the pattern over the layers is often defined only
/// in llama.cpp. Source: the calls of <c>set_swa_pattern</c> in llama.cpp's model loaders.
/// </summary>
internal static class SlidingWindowReader
{
    /// <summary>llama.cpp's rule for an architecture.</summary>
    /// <param name="Period">One layer of every so many attends to the whole context; 1 where all do, 0 where none does, null where the
    /// file has a flag for each layer.</param>
    /// <param name="DenseFirst">Whether that layer is the first of its group; otherwise it is the last.</param>
    /// <param name="DefaultWindow">The window where the metadata has none.</param>
    /// <param name="FixedWindow">The window regardless of the metadata, unless that has 0.</param>
    private sealed record ArchitectureRule(int? Period, bool DenseFirst = false, int? DefaultWindow = null, int? FixedWindow = null)
    {
        /// <summary>Whether an array of flags replaces the period; llama.cpp ignores it for the others.</summary>
        public bool TakesFlags { get; init; } = Period is null;
    }

    private static readonly FrozenDictionary<string, ArchitectureRule> s_rules = new Dictionary<string, ArchitectureRule>
    {
        ["afmoe"] = new(4),
        ["cohere2"] = new(4),
        ["cohere2moe"] = new(4, DenseFirst: true) { TakesFlags = true },
        ["dots3note"] = new(null),
        ["exaone-moe"] = new(4, DefaultWindow: 128),
        ["exaone4"] = new(4, DefaultWindow: 4096),
        ["gemma-embedding"] = new(6),
        ["gemma2"] = new(2, DefaultWindow: 4096),
        ["gemma3"] = new(6),
        ["gemma3n"] = new(5),
        ["gemma4"] = new(null),
        ["gpt-oss"] = new(2),
        ["gptoss"] = new(2), // Ollama's spelling
        ["granite_swa"] = new(null),
        ["laguna"] = new(4, DenseFirst: true),
        ["lfm2"] = new(0), // of the layers with attention
        ["llama4"] = new(4, DefaultWindow: 8192, FixedWindow: 8192), // chunks of that length
        ["maion-coder"] = new(null),
        ["maple"] = new(null),
        ["mellum"] = new(4) { TakesFlags = true },
        ["mimo2"] = new(null),
        ["modern-bert"] = new(3, DenseFirst: true),
        ["muse-glimmer"] = new(4) { TakesFlags = true },
        ["olmo2"] = new(4),
        ["plamo3"] = new(8),
        ["smallthinker"] = new(4, DenseFirst: true, FixedWindow: 4096),
        ["spark2_5"] = new(null),
        ["step35"] = new(null),
    }.ToFrozenDictionary();

    // Only the largest EXAONE 4 has sliding windows.
    private const int SlidingExaoneLayers = 64;

    /// <summary>
    /// The window of each layer; null for the whole context. Where neither the metadata nor the table has a pattern, all layers attend to
    /// the whole context, so that a memory forecast is never too small.
    /// </summary>
    /// <param name="metadata">The model.</param>
    /// <param name="layers">Number of layers.</param>
    /// <param name="runLayers">Number of layers that run; later ones only draft.</param>
    /// <param name="hasAttention">Whether a layer has attention and no recurrent state.</param>
    public static int?[] Read(ModelMetadata metadata, int layers, int runLayers, Func<int, bool> hasAttention)
    {
        var architecture = metadata.Architecture;
        var windows = new int?[layers];
        var rule = s_rules.GetValueOrDefault(architecture);
        // Known architectures without a rule have windows in their metadata at times (Mistral, Phi-3), but llama.cpp ignores them.
        if (rule is null && KnownArchitectures.IsKnown(architecture) || architecture == "exaone4" && runLayers != SlidingExaoneLayers)
            return windows;
        var stored = metadata.Integer($"{architecture}.attention.sliding_window");
        var window = stored == 0 ? 0 : (stored is null ? null : rule?.FixedWindow) ?? stored ?? rule?.DefaultWindow ?? 0;
        if (window == 0)
            return windows;
        // Where the file has a flag for each of them, layers that only draft slide too.
        var patterned = rule is { TakesFlags: true } && metadata.IsArray(Key(architecture))
            && metadata.ArrayLength(Key(architecture)) >= layers ? layers : runLayers;
        var slides = ReadPattern(metadata, patterned, rule);
        for (var i = 0; i < patterned; i++)
            windows[i] = hasAttention(i) && slides(i) ? window : null;
        return windows;
    }

    private static string Key(string architecture) => $"{architecture}.attention.sliding_window_pattern";

    private static Func<int, bool> ReadPattern(ModelMetadata metadata, int layers, ArchitectureRule? rule)
    {
        var key = Key(metadata.Architecture);
        if (metadata.IsWithheld(key) && rule?.Period is { } known)
            return PeriodicPattern(known, rule.DenseFirst);
        if (metadata.IsArray(key))
        {
            if (rule is { TakesFlags: false, Period: { } fixedPeriod })
                return PeriodicPattern(fixedPeriod, rule.DenseFirst);
            var flags = metadata.IntegerPerLayer(key, layers)!;
            return i => flags[i] != 0;
        }

        var told = metadata.Integer(key);
        return rule is { Period: null } && told is { } all ? _ => all != 0
            : PeriodicPattern(told ?? rule?.Period ?? 1, rule is { DenseFirst: true });
    }

    private static Func<int, bool> PeriodicPattern(int period, bool denseFirst) => period switch
    {
        0 => _ => true,
        1 => _ => false,
        _ when denseFirst => i => i % period != 0,
        _ => i => i % period < period - 1,
    };
}
