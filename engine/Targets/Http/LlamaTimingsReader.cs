using System.Text.Json;
using MemoryWall.Core.Time;
using MemoryWall.Core.Trials;

namespace MemoryWall.Targets.Http;

/// <summary>What llama.cpp's server adds to its answers, on its native path as on the OpenAI ones (llama.cpp,
/// <c>tools/server/README.md</c>).</summary>
internal static class LlamaTimingsReader
{
    /// <summary>
    /// <c>timings</c>: <c>prompt_ms</c> covers the <c>prompt_n</c> tokens computed, not the <c>cache_n</c> taken from a cache;
    /// <c>predicted_ms</c> counts from the first token, so it covers one step less than <c>predicted_n</c>.
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

    /// <summary><c>prompt_progress</c>: tokens in the cache so far, those that came from an earlier request among them. Whether there was
    /// any.</summary>
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
