using System.Text.Json;
using MemoryWall.Core.Time;
using MemoryWall.Core.Trials;

namespace MemoryWall.Targets.Http;

/// <summary>
/// The field <c>timings</c> that llama.cpp's server adds to its answers on its native and its OpenAI paths (llama.cpp,
/// <c>tools/server/README.md</c>): <c>prompt_ms</c> covers the <c>prompt_n</c> computed tokens, not the <c>cache_n</c> tokens from the
/// cache; <c>predicted_ms</c> starts at the first token, so it covers <c>predicted_n</c> − 1 intervals. With <c>timings_per_token</c> every
/// chunk has the field, with the values so far: only the last one describes the answer.
/// </summary>
internal sealed record LlamaTimings
{
    private TimeSpan? Prefill { get; init; }

    private TimeSpan? Generation { get; init; }

    private int? Cached { get; init; }

    private int? Computed { get; init; }

    private int? Predicted { get; init; }

    private int? Drafted { get; init; }

    private int? Accepted { get; init; }

    /// <summary>The values of one field; null where the frame has none.</summary>
    public static LlamaTimings? Read(JsonElement? timings) => timings is not { ValueKind: JsonValueKind.Object } ? null : new LlamaTimings
    {
        Prefill = timings.Milliseconds("prompt_ms"),
        Generation = timings.Milliseconds("predicted_ms"),
        Cached = timings.Count("cache_n"),
        Computed = timings.Count("prompt_n"),
        Predicted = timings.Count("predicted_n"),
        Drafted = timings.Count("draft_n"),
        Accepted = timings.Count("draft_n_accepted"),
    };

    /// <summary>Adds them to a result. Counts that the protocol itself reports come first.</summary>
    public void AddTo(StreamResult facts)
    {
        facts.Server = facts.Server with { Prefill = Prefill, Generation = Generation };
        facts.CachedTokens = Cached ?? facts.CachedTokens;
        facts.OutputTokens ??= Predicted;
        if (facts.PromptTokens is null && Computed is { } computed && facts.CachedTokens is { } cached)
            facts.PromptTokens = computed + cached;
        facts.SetDraft(Drafted, Accepted);
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
