using System.Text.Json;
using MemoryWall.Core.Time;
using MemoryWall.Core.Trials;
using MemoryWall.Targets.Http;

namespace MemoryWall.Targets.LlamaCpp;

/// <summary>Reads the events of <c>/completion</c>.</summary>
internal sealed class LlamaCppStreamParser(HttpAccess access)
{
    public bool Parse(StreamResult facts, StreamTimeline record, SseReader events)
    {
        facts.IncompleteMessage = "the stream ended without its final frame (stop: true)";
        // Some builds send OpenAI's [DONE] after the final frame.
        return !events.Data.Span.SequenceEqual("[DONE]"u8)
            && facts.ParseLine(events.Data, access, (facts, record, events.Arrived),
                static (state, root) => Parse(state.facts, state.record, root, state.Arrived))
            && !facts.HasFinalFrame;
    }

    private static void Parse(StreamResult facts, StreamTimeline record, JsonElement? frame, Instant arrived)
    {
        // A progress frame also has a list of tokens, which contains a token that was not generated.
        if (LlamaTimings.ReadProgress(facts, record, frame, arrived))
            return;
        var tokens = frame.Member("tokens") is { ValueKind: JsonValueKind.Array } ids ? ids.GetArrayLength() : (int?)null;
        facts.Answer?.Add(frame.Text("content"));
        facts.Answer?.Add(frame.Member("tokens").Integers());
        if (frame.HasText("content") || tokens > 0)
            record.AddOrFail(facts, MarkKind.Chunk, tokens > 0 ? tokens : null, arrived);
        if (frame.IsTrue("stop"))
            ParseFinal(facts, frame);
    }

    private static void ParseFinal(StreamResult facts, JsonElement? frame)
    {
        facts.HasFinalFrame = true;
        facts.PromptTokens = frame.Count("tokens_evaluated");
        facts.OutputTokens = frame.Count("tokens_predicted");
        facts.StopReason = frame.Text("stop_type");
        LlamaTimings.Read(frame.Member("timings"))?.AddTo(facts);
        if (frame.Member("truncated") is { ValueKind: JsonValueKind.True or JsonValueKind.False } truncated)
            facts.HasDroppedTokens = truncated.GetBoolean();
    }
}
