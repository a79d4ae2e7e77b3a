using System.Text.Json;
using MemoryWall.Core.Time;
using MemoryWall.Core.Trials;
using MemoryWall.Protocol;
using MemoryWall.Targets.Http;

namespace MemoryWall.Targets.Ollama;

/// <summary>The lines of <c>/api/generate</c> as facts. They are read here and not through the client library, which shows an absent count
/// as 0 and skips errors.</summary>
internal sealed class OllamaStreamParser(StreamResult facts, StreamTimeline record, InferenceRequest request, HttpAccess access)
{
    // A loaded model reports 1 to 24 ms, one loaded anew 350 ms and more.
    private static readonly TimeSpan s_minReload = TimeSpan.FromMilliseconds(200);

    /// <summary>Takes a line; false where the stream need not be read further.</summary>
    public bool Parse(ReadOnlyMemory<byte> line, Instant arrived) =>
        facts.ParseLine(line, access, (Stream: this, arrived), static (state, root) => state.Stream.Parse(root, state.arrived))
            && !facts.HasFinalFrame;

    private void Parse(JsonElement? frame, Instant arrived)
    {
        var ours = frame.Member(EmbeddedProtocol.ObjectName);
        if (ours.Member(EmbeddedProtocol.PromptProgress) is { } progress)
            record.AddOrFail(facts, MarkKind.Prefill, progress.Count("done"), arrived, progress.Member("elapsed_ns")?.Elapsed());
        if (frame.HasText("thinking"))
            record.AddOrFail(facts, MarkKind.Reasoning, null, arrived);
        if (ours.Member("elapsed_ns") is { ValueKind: JsonValueKind.Array } times && times.GetArrayLength() > 0)
            ParseTokens(times, arrived);
        else if (frame.HasText("response"))
            record.AddOrFail(facts, MarkKind.Chunk, null, arrived);
        if (frame.IsTrue("done"))
            ParseFinal(frame, ours);
        else
            facts.IncompleteMessage = frame.HasText("response")
                ? "the stream ended without its final frame (done: true)"
                : "the stream ended with done: false, no counts and no error; Ollama ends it so where the model repeats one token, about 31 times";
    }

    // Several tokens may share a frame; the server's own clock tells them apart.
    private void ParseTokens(JsonElement times, Instant arrived)
    {
        foreach (var time in times.EnumerateArray())
        {
            record.AddOrFail(facts, MarkKind.Chunk, 1, arrived, time.Elapsed());
            if (facts.Failure is not null)
                return;
        }
    }

    private void ParseFinal(JsonElement? frame, JsonElement? ours)
    {
        facts.HasFinalFrame = true;
        facts.StopReason = frame.Text("done_reason");
        facts.PromptTokens = frame.Count("prompt_eval_count");
        facts.OutputTokens = frame.Count("eval_count");
        facts.CachedTokens = ours.Count("cached_prompt_tokens");
        facts.Tier = TierExtension.ReadReport(ours);
        facts.SkippedPromptTokens = ours.Count("jumped_prompt_tokens");
        facts.Server = new ServerTimings
        {
            Load = frame.Nanoseconds("load_duration"),
            Queue = ours.Member("queue_ns")?.Elapsed(),
            SkippedPrefill = ours.Nanoseconds("jump_ns"),
            Prefill = frame.Nanoseconds("prompt_eval_duration"),
            Generation = frame.Nanoseconds("eval_duration"),
            Total = frame.Nanoseconds("total_duration"),
        };
        facts.Native = new NativeTimings { Prefill = ours.Nanoseconds("prefill_ns"), Generation = ours.Nanoseconds("generation_ns") };
        if (facts.SkippedPromptTokens > 0)
            facts.Flags |= TrialFlags.SyntheticDepth;
        if (facts.Server.Load > s_minReload)
            facts.Flags |= TrialFlags.Reloaded;
        if (ours.Count("window_tokens") < request.WindowTokens)
            facts.Flags |= TrialFlags.ContextCapped;
    }
}
