using System.Text.Json;
using MemoryWall.Core.Time;
using MemoryWall.Core.Trials;
using MemoryWall.Targets.Http;

namespace MemoryWall.Targets.OpenAi;

/// <summary>Reads the events of <c>/v1/completions</c> and <c>/v1/chat/completions</c>. Counts come from <c>usage</c>, never from the
/// number of chunks.</summary>
internal sealed class OpenAiStreamParser(HttpAccess access)
{
    private bool _finished;

    public bool Parse(StreamResult facts, StreamTimeline record, SseReader events)
    {
        facts.IncompleteMessage = "the stream ended without a finish_reason and without [DONE]";
        if (events.Data.Span.SequenceEqual("[DONE]"u8))
        {
            facts.HasFinalFrame = true;
            return false;
        }
        return facts.ParseLine(
            events.Data, access, (Stream: this, facts, record, events.Arrived),
            static (state, root) => state.Stream.Parse(state.facts, state.record, root, state.Arrived));
    }

    /// <summary>Accepts a complete response with a finish reason as final, since some servers omit <c>[DONE]</c>.</summary>
    public void Finish(StreamResult facts, LineStreamEnd end) => facts.HasFinalFrame |= _finished && end == LineStreamEnd.Complete;

    private void Parse(StreamResult facts, StreamTimeline record, JsonElement? frame, Instant arrived)
    {
        LlamaTimingsReader.ReadProgress(facts, record, frame, arrived);
        if (frame.Member("usage") is { ValueKind: JsonValueKind.Object } usage)
        {
            facts.PromptTokens = usage.Count("prompt_tokens") ?? facts.PromptTokens;
            facts.OutputTokens = usage.Count("completion_tokens") ?? facts.OutputTokens;
            facts.CachedTokens = usage.Member("prompt_tokens_details").Count("cached_tokens") ?? facts.CachedTokens;
        }
        LlamaTimingsReader.ReadTimings(facts, frame.Member("timings"));
        if (frame.Member("choices") is not { ValueKind: JsonValueKind.Array } choices || choices.GetArrayLength() == 0)
            return;
        JsonElement? choice = choices[0];
        var delta = choice.Member("delta");
        if (delta.HasText("reasoning_content") || delta.HasText("reasoning"))
            record.AddOrFail(facts, MarkKind.Reasoning, null, arrived);
        if (choice.HasText("text") || delta.HasText("content"))
            record.AddOrFail(facts, MarkKind.Chunk, null, arrived);
        if (choice.Text("finish_reason") is { } reason)
        {
            facts.StopReason = reason;
            _finished = true;
        }
    }
}
