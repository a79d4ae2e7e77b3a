using System.Text.Json;

namespace MemoryWall.Audit.Readers;

/// <summary>
/// Answers of llama-server (llama.cpp, <c>tools/server</c>), whole or as streams of events: their <c>timings</c>. <c>cache_n</c> counts the
/// prompt tokens that came from the cache; <c>tokens_cached</c> counts what the cache holds after the answer and is no such count.
/// </summary>
internal sealed class LlamaServerReader : IResultReader
{
    private const double MillisecondsPerSecond = 1000;

    public AuditedFile? Read(ResultText text)
    {
        var answers = new List<(string? Id, JsonElement Answer)>();
        foreach (var item in text.Items.Where(item => FindTimings(item) is not null))
        {
            // In a stream each chunk may have timings so far; the last ones are those of the answer.
            var id = item.Text("id");
            if (id is not null && answers.Count > 0 && answers[^1].Id == id)
                answers[^1] = (id, item);
            else
                answers.Add((id, item));
        }
        return answers.Count == 0
            ? null
            : new AuditedFile
            {
                Name = text.Name,
                Tool = "llama-server",
                Records = [.. answers.Select((answer, place) => CreateRecord(answer.Answer, FindTimings(answer.Answer)!.Value, place + 1))],
            };
    }

    private static JsonElement? FindTimings(JsonElement item) =>
        item.At("timings") is { } timings && IsTimings(timings) ? timings : IsTimings(item) ? item : null;

    private static bool IsTimings(JsonElement timings) =>
        timings.Has("prompt_n") && timings.Has("predicted_n") && (timings.Has("prompt_ms") || timings.Has("predicted_ms"));

    private static AuditRecord CreateRecord(JsonElement answer, JsonElement timings, int number)
    {
        var cached = timings.Number("cache_n") ?? answer.Number("usage", "prompt_tokens_details", "cached_tokens");
        var processed = timings.Number("prompt_n");
        double? Rate(string name) => timings.Number(name) is > 0 and var rate ? rate : null;
        return new AuditRecord
        {
            Number = number,
            Kind = RecordKind.Request,
            Model = answer.Text("model"),
            // Where the cached part is not known, what was processed may be a part of the prompt.
            PromptTokens = processed + cached ?? answer.Number("tokens_evaluated") ?? answer.Number("usage", "prompt_tokens"),
            CachedTokens = cached,
            PrefillSeconds = timings.Number("prompt_ms") / MillisecondsPerSecond,
            PrefillTps = Rate("prompt_per_second"),
            OutputTokens = timings.Number("predicted_n"),
            GenerationSeconds = timings.Number("predicted_ms") / MillisecondsPerSecond,
            GenerationTps = Rate("predicted_per_second"),
            Truncated = answer.At("truncated") is { ValueKind: JsonValueKind.True } ? true : null,
            IsSpeculative = timings.Number("draft_n") is > 0 ? true : null,
        };
    }
}
