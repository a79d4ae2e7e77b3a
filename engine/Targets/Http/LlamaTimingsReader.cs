using System.Text.Json;
using MemoryWall.Core.Time;
using MemoryWall.Core.Trials;

namespace MemoryWall.Targets.Http;

/// <summary>Reads the fields that llama.cpp's server adds to its answers on its native and its OpenAI paths (llama.cpp,
/// <c>tools/server/README.md</c>).</summary>
internal static class LlamaTimingsReader
{
    /// <summary>
    /// <c>timings</c>: <c>prompt_ms</c> covers the <c>prompt_n</c> computed tokens, not the <c>cache_n</c> tokens from the cache;
    /// <c>predicted_ms</c> starts at the first token, so it covers <c>predicted_n</c> − 1 intervals.
    /// </summary>
    public static void ReadTimings(StreamResult facts, JsonElement? timings)
    {
        if (timings is null)
            return;
        facts.Server = facts.Server with { Prefill = timings.Milliseconds("prompt_ms"), Generation = timings.Milliseconds("predicted_ms") };
        facts.CachedTokens = timings.Count("cache_n") ?? facts.CachedTokens;
        facts.OutputTokens ??= timings.Count("predicted_n");
        if (facts.PromptTokens is null && timings.Count("prompt_n") is { } computed && facts.CachedTokens is { } cached)
            facts.PromptTokens = computed + cached;
    }

    /// <summary><c>prompt_progress</c>: prompt tokens in the KV cache so far, including tokens from an earlier request.</summary>
    /// <returns>Whether the frame had the field.</returns>
    public static bool ReadProgress(StreamResult facts, StreamTimeline record, JsonElement? frame, Instant arrived)
    {
        if (frame.Member("prompt_progress") is not { } progress)
            return false;
        var native = progress.Member("time_ms") is { ValueKind: JsonValueKind.Number } time && time.TryGetInt64(out var milliseconds)
            && milliseconds is >= 0 and < 1L << 40
            ? TimeSpan.FromMilliseconds(milliseconds)
            : (TimeSpan?)null;
        record.AddOrFail(facts, MarkKind.Prefill, progress.Count("processed"), arrived, native);
        return true;
    }
}
