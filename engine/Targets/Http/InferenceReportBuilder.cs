using MemoryWall.Core.Time;
using MemoryWall.Core.Trials;

namespace MemoryWall.Targets.Http;

/// <summary>Builds the report of one inference from its exchange, its lines and its limits.</summary>
internal static class InferenceReportBuilder
{
    public static InferenceReport Build(InferenceStream stream)
    {
        var (result, timeline) = (stream.Result, stream.Timeline);
        var client = BuildClientTimings(stream.Exchange, timeline);
        // The generation time runs from the first token to the last, so it needs two tokens.
        var server = result.OutputTokens is >= 2 ? result.Server : result.Server with { Generation = null };
        var native = result.OutputTokens is >= 2 ? result.Native : result.Native with { Generation = null };
        return new InferenceReport
        {
            Outcome = DetermineOutcome(stream),
            Client = client,
            Server = server,
            Native = native,
            CountedPromptTokens = result.PromptTokens,
            CachedPromptTokens = result.CachedTokens,
            SkippedPromptTokens = result.SkippedPromptTokens,
            Tier = result.Tier,
            Conversation = result.Conversation,
            AnswerText = result.Answer?.Text,
            AnswerTokens = result.Answer?.GetTokens(result.OutputTokens),
            OutputTokens = result.OutputTokens,
            DraftTokens = result.DraftTokens,
            AcceptedDraftTokens = result.AcceptedDraftTokens,
            StopReason = result.StopReason is { } reason ? stream.Exchange.Access.Sanitize(reason, 100) : null,
            Marks = timeline.Marks,
            GivenWindowTokens = result.WindowTokens,
            HasDroppedTokens = result.HasDroppedTokens,
        };
    }

    private static Outcome DetermineOutcome(InferenceStream stream)
    {
        if (stream.Result.Failure is { } failure)
            return failure;
        if (stream.Result.HasFinalFrame)
            return stream.Timeline.FirstGenerated is not null || stream.Result.OutputTokens is > 0
                ? new Completed()
                : new ProtocolViolation("the stream ended with its final frame and no generated token");
        return StreamEndClassifier.Classify(stream.Exchange, stream.Result.IncompleteMessage, stream.Watch, stream.Thrown, stream.User);
    }

    private static ClientTimings BuildClientTimings(Exchange exchange, StreamTimeline record)
    {
        TimeSpan? After(Instant? point) => exchange.Sent is { } sent ? point?.Since(sent) : null;
        return new ClientTimings
        {
            Sent = exchange.Sent,
            TimeToRequestSent = After(exchange.RequestSent),
            TimeToHeaders = After(exchange.HeadersArrived),
            TimeToFirstToken = After(record.FirstContent),
            TimeToFirstReasoning = After(record.FirstReasoning),
            TimeToLastToken = After(record.LastGenerated),
            TimeToEnd = After(exchange.Lines?.Ended ?? exchange.Access.Clock.Now),
        };
    }
}
