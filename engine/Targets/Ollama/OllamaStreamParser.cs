using System.Text.Json;
using MemoryWall.Core.Time;
using MemoryWall.Core.Trials;
using MemoryWall.Targets.Http;

namespace MemoryWall.Targets.Ollama;

/// <summary>Reads the lines of <c>/api/generate</c>. It does not use OllamaSharp, which returns 0 for an absent count and ignores
/// errors.</summary>
internal sealed class OllamaStreamParser(InferenceStream stream)
{
    /// <summary>Reads a line; returns false to stop reading.</summary>
    public bool Parse(ReadOnlyMemory<byte> line, Instant arrived) =>
        stream.Result.ParseLine(line, stream.Exchange.Access, (Parser: this, arrived),
            static (state, root) => state.Parser.Parse(root, state.arrived))
        && !stream.Result.HasFinalFrame;

    private void Parse(JsonElement? frame, Instant arrived)
    {
        var result = stream.Result;
        var hasText = frame.HasText("response");
        result.Answer?.Add(frame.Text("response"));
        if (frame.HasText("thinking"))
            stream.Timeline.AddOrFail(result, MarkKind.Reasoning, null, arrived);
        if (hasText)
            stream.Timeline.AddOrFail(result, MarkKind.Chunk, null, arrived);
        if (frame.IsTrue("done"))
            ParseFinal(result, frame);
        else
            result.IncompleteMessage = hasText
                ? "the stream ended without its final frame (done: true)"
                : "the stream ended with done: false, no counts and no error; "
                    + "Ollama does this when the model repeats one token about 31 times";
    }

    private static void ParseFinal(StreamResult result, JsonElement? frame)
    {
        result.HasFinalFrame = true;
        result.StopReason = frame.Text("done_reason");
        result.PromptTokens = frame.Count("prompt_eval_count");
        // The count includes the tokens from the cache, and the duration covers only the others.
        result.CachedTokens = frame.Count("prompt_eval_cached_count");
        result.OutputTokens = frame.Count("eval_count");
        result.Server = new ServerTimings
        {
            Load = frame.Nanoseconds("load_duration"),
            Prefill = frame.Nanoseconds("prompt_eval_duration"),
            Generation = frame.Nanoseconds("eval_duration"),
            Total = frame.Nanoseconds("total_duration"),
        };
    }
}
