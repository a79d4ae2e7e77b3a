using System.Text.Json;
using MemoryWall.Facts;
using MemoryWall.Targets.Http;
using MemoryWall.Time;

namespace MemoryWall.Targets.LlamaCpp;

/// <summary>The events of <c>/completion</c> as facts.</summary>
internal sealed class LlamaCppStream(HttpAccess access)
{
    public bool Take(StreamFacts facts, StreamRecord record, SseReader events)
    {
        facts.Missing = "the stream ended without its final frame (stop: true)";
        // Some builds end with the OpenAI mark; the final frame came before it.
        return !events.Data.Span.SequenceEqual("[DONE]"u8)
            && facts.Read(events.Data, access, (facts, record, events.Arrived), static (state, root) => Take(state.facts, state.record, root, state.Arrived))
            && !facts.Final;
    }

    private static void Take(StreamFacts facts, StreamRecord record, JsonElement? frame, Instant arrived)
    {
        // A progress frame also has a list of tokens, with a token in it that was never generated.
        if (LlamaTimings.TakeProgress(facts, record, frame, arrived))
            return;
        var tokens = frame.Member("tokens") is { ValueKind: JsonValueKind.Array } ids ? ids.GetArrayLength() : (int?)null;
        if (frame.HasText("content") || tokens > 0)
            record.AddTo(facts, MarkKind.Chunk, tokens > 0 ? tokens : null, arrived);
        if (frame.IsTrue("stop"))
            TakeFinal(facts, frame);
    }

    private static void TakeFinal(StreamFacts facts, JsonElement? frame)
    {
        facts.Final = true;
        facts.PromptTokens = frame.Count("tokens_evaluated");
        facts.OutputTokens = frame.Count("tokens_predicted");
        facts.StopReason = frame.Text("stop_type");
        LlamaTimings.Take(facts, frame.Member("timings"));
        // Tokens fell out of the window to make room.
        if (frame.IsTrue("truncated"))
            facts.Flags |= TrialFlags.ContextCapped;
    }
}
