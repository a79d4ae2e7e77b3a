using MemoryWall.Core.Time;
using MemoryWall.Core.Trials;

namespace MemoryWall.Targets.Http;

/// <summary>Builds the report of one inference from its exchange, its lines and its limits.</summary>
internal static class InferenceReportBuilder
{
    private static readonly TimeSpan s_tolerance = TimeSpan.FromMilliseconds(250);
    private const double RelativeTolerance = 0.10;

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
            OutputTokens = result.OutputTokens,
            StopReason = result.StopReason is { } reason ? stream.Exchange.Access.Sanitize(reason, 100) : null,
            Marks = timeline.Marks,
            Flags = ComputeFlags(stream.Request, timeline, result, client, server),
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
            TimeToHeaders = After(exchange.HeadersArrived),
            TimeToFirstToken = After(record.FirstContent),
            TimeToFirstReasoning = After(record.FirstReasoning),
            TimeToLastToken = After(record.LastGenerated),
            TimeToEnd = After(exchange.Lines?.Ended ?? exchange.Access.Clock.Now),
        };
    }

    private static TrialFlags ComputeFlags(InferenceRequest request, StreamTimeline record, StreamResult facts, ClientTimings client,
        ServerTimings server)
    {
        var flags = facts.Flags;
        void Set(TrialFlags flag, bool holds) => flags |= holds ? flag : TrialFlags.None;
        Set(TrialFlags.WarmPrefix, request.WarmPrefix || request.KvCacheAction == KvCacheAction.Resume);
        Set(TrialFlags.CacheHit,
            CacheHitRule.IsCacheHit(facts.CachedTokens, facts.PromptTokens) && !request.WarmPrefix
                && request.KvCacheAction != KvCacheAction.Resume);
        Set(TrialFlags.Reasoning, record.FirstReasoning is not null);
        if (!facts.HasFinalFrame)
            return flags;
        Set(TrialFlags.CountUnreported, facts.PromptTokens is null);
        Set(TrialFlags.EarlyStop,
            facts.OutputTokens is { } made ? made < request.OutputTokens : facts.StopReason is "stop" or "eos" or "word");
        Set(TrialFlags.TooShortForRate,
            facts.OutputTokens is < 2 || (facts.OutputTokens is null && record.FirstGenerated == record.LastGenerated));
        Set(TrialFlags.Buffered,
            (server.Prefill is null || server.Generation is null) && BufferedStreamCheck.IsBuffered(record.Marks, facts.OutputTokens));
        var step = TokenInterval(server, facts.OutputTokens);
        var waited = UnexplainedWait(record, client, server) - (facts.Tier?.Resume ?? default);
        // With other streams of the same run active, an unexplained wait is queue time. Without them its cause is unknown.
        var queued = request.IsConcurrent && server.Queue is null && waited is { } wait && wait > Tolerance(step, wait);
        Set(TrialFlags.Queued, queued || (server.Queue is { } queue && queue > s_tolerance));
        Set(TrialFlags.ClocksDisagree,
            (!queued && waited is { } first && first.Duration() > Tolerance(step, ReportedTime(server) + first))
                || GenerationDisagrees(record, server, step));
        return flags;
    }

    /// <summary>Reasons to doubt one context of an incremental pass, from its counts and times.</summary>
    public static TrialFlags ComputeIncrementalFlags(int asked, int? output, StreamTimeline record, ClientTimings client,
        ServerTimings server)
    {
        var flags = TrialFlags.None;
        void Set(TrialFlags flag, bool holds) => flags |= holds ? flag : TrialFlags.None;
        Set(TrialFlags.EarlyStop, output < asked);
        Set(TrialFlags.TooShortForRate, output is null or < 2);
        Set(TrialFlags.Queued, server.Queue is { } queue && queue > s_tolerance);
        var step = TokenInterval(server, output);
        var waited = UnexplainedWait(record, client, server);
        Set(TrialFlags.ClocksDisagree,
            (waited is { } first && first.Duration() > Tolerance(step, ReportedTime(server) + first))
                || GenerationDisagrees(record, server, step));
        return flags;
    }

    /// <summary>
    /// The client's wait for the first token minus the time that the target reports for its work; negative where the client waited less.
    /// It contains queue time, time to save a cache, and errors of the report; without a reported queue time these cannot be
    /// separated.
    /// </summary>
    private static TimeSpan? UnexplainedWait(StreamTimeline record, ClientTimings client, ServerTimings server) =>
        record.FirstGenerated is { } generated && client.Sent is { } sent && server.Prefill is not null
            ? generated.Since(sent) - ReportedTime(server)
            : null;

    private static TimeSpan ReportedTime(ServerTimings server) =>
        (server.Prefill ?? default) + (server.Load ?? default) + (server.Queue ?? default) + (server.SkippedPrefill ?? default);

    private static bool GenerationDisagrees(StreamTimeline record, ServerTimings server, TimeSpan step) =>
        record is { FirstGenerated: { } from, LastGenerated: { } to } && server.Generation is { } reported
        && (to.Since(from) - reported).Duration() > Tolerance(step, to.Since(from) > reported ? to.Since(from) : reported);

    // The client and the server may time the same token one interval apart.
    private static TimeSpan TokenInterval(ServerTimings server, int? output) =>
        server.Generation is { } whole && output is >= 2 ? whole / (output.Value - 1) : TimeSpan.Zero;

    private static TimeSpan Tolerance(TimeSpan step, TimeSpan length) =>
        step + TimeSpan.FromTicks(Math.Max(s_tolerance.Ticks, (long)(RelativeTolerance * length.Ticks)));
}
