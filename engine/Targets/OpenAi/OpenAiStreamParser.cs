using System.Text.Json;
using MemoryWall.Core.Time;
using MemoryWall.Core.Trials;
using MemoryWall.Targets.Http;

namespace MemoryWall.Targets.OpenAi;

/// <summary>
/// Reads the events of <c>/v1/completions</c> and <c>/v1/chat/completions</c>. Counts come from <c>usage</c>, never from the number of
/// chunks. Some servers send usage and timings with every chunk: the last ones count, and only in an answer that came to its end.
/// </summary>
internal sealed class OpenAiStreamParser(HttpAccess access)
{
    private bool _finished;
    private bool _hasTokens;
    private int? _outputTokens;
    private (int Drafted, int Accepted)? _draft;
    private LlamaTimings? _timings;

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
    public void Finish(StreamResult facts, LineStreamEnd end)
    {
        facts.HasFinalFrame |= _finished && end == LineStreamEnd.Complete;
        if (!facts.HasFinalFrame)
            return;
        // Servers that do not count write 0, which is a count only of an answer without tokens.
        facts.OutputTokens = _outputTokens == 0 && _hasTokens ? null : _outputTokens;
        facts.SetDraft(_draft?.Drafted, _draft?.Accepted);
        _timings?.AddTo(facts);
    }

    private void Parse(StreamResult facts, StreamTimeline record, JsonElement? frame, Instant arrived)
    {
        LlamaTimings.ReadProgress(facts, record, frame, arrived);
        if (frame.Member("usage") is { ValueKind: JsonValueKind.Object } usage)
            ReadUsage(facts, usage);
        _timings = LlamaTimings.Read(frame.Member("timings")) ?? _timings;
        if (frame.Member("choices") is not { ValueKind: JsonValueKind.Array } choices || choices.GetArrayLength() == 0)
            return;
        JsonElement? choice = choices[0];
        var content = DeltaContent.Read(choice);
        _hasTokens |= content.HasReasoning || content.HasText;
        if (facts.Answer is { } answer)
        {
            answer.Add(DeltaContent.ReadText(choice));
            answer.Add(choice.Member("token_ids").Integers());
        }
        if (content.HasReasoning)
            record.AddOrFail(facts, MarkKind.Reasoning, null, arrived);
        if (content.HasText)
            record.AddOrFail(facts, MarkKind.Chunk, null, arrived);
        if (choice.Member("error") is { ValueKind: JsonValueKind.Object } error)
            facts.Failure = ServerErrorClassifier.ClassifyStreamError(error, access);
        // koboldcpp writes the text "null" until the end.
        if (choice.Text("finish_reason") is { Length: > 0 } reason and not "null")
        {
            facts.StopReason = reason;
            _finished = true;
            // vLLM, SGLang and gateways end an answer that failed like one that is complete.
            if (reason is "error" or "abort")
                facts.Failure ??= ServerErrorClassifier.ClassifyStreamError(
                    $"the server ended the answer with finish_reason '{reason}'", access);
        }
    }

    // Servers that fill in usage at the end write 0 before it, and no prompt has 0 tokens.
    private void ReadUsage(StreamResult facts, JsonElement? usage)
    {
        facts.PromptTokens = usage.Count("prompt_tokens") is > 0 and var prompt ? prompt : facts.PromptTokens;
        _outputTokens = usage.Count("completion_tokens") ?? _outputTokens;
        facts.CachedTokens = usage.Member("prompt_tokens_details").Count("cached_tokens") ?? facts.CachedTokens;
        var details = usage.Member("completion_tokens_details");
        if (details.Count("accepted_prediction_tokens") is { } accepted && details.Count("rejected_prediction_tokens") is { } rejected
            && accepted <= int.MaxValue - rejected && accepted + rejected > 0)
            _draft = (accepted + rejected, accepted);
    }
}
