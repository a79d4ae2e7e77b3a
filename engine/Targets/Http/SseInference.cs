using MemoryWall.Core.Trials;

namespace MemoryWall.Targets.Http;

/// <summary>One inference whose answer comes as server-sent events.</summary>
internal static class SseInference
{
    // A final event may repeat the prompt, and JSON may write a character with six.
    private const int Escaped = 6;

    /// <summary>Sends the body and hands every event to <paramref name="parse"/> until that says no.</summary>
    /// <param name="access">Where to.</param>
    /// <param name="path">The path below the endpoint.</param>
    /// <param name="body">The request.</param>
    /// <param name="request">What it asks for.</param>
    /// <param name="live">Told of each mark.</param>
    /// <param name="parse">Reads an event into the facts and the record; whether there may be more.</param>
    /// <param name="finish">Told how the lines ended, for protocols whose end is more than one frame.</param>
    /// <param name="cancellation">The user's wish to stop.</param>
    public static async Task<(InferenceReport Report, int? Status, string? ErrorText)> RunAsync(
        HttpAccess access,
        string path,
        ReadOnlyMemory<byte> body,
        InferenceRequest request,
        Action<StreamMark>? live,
        Func<StreamResult, StreamTimeline, SseReader, bool> parse,
        Action<StreamResult, LineStreamEnd>? finish,
        CancellationToken cancellation)
    {
        using var watch = new PhaseWatchdog(access.Clock, request.Limits, Phase.Prefill, cancellation);
        var facts = new StreamResult();
        var record = new StreamTimeline(request, watch, live);
        using var exchange = new Exchange(access)
        {
            OnSent = sent => watch.EnterPhase(Phase.Prefill, sent),
            MaxLineBytes = (int)Math.Min(LineReader.DefaultMaxLineBytes + (long)Escaped * request.Prompt.Text.Length, 1 << 30),
        };
        watch.OnStop(exchange.Abort);
        Exception? thrown = null;
        try
        {
            using var message = JsonCall.CreatePost(path, body);
            using var response = await exchange.Client.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, watch.Token)
                .ConfigureAwait(false);
            if (exchange.Lines is { } lines)
                await ReadAsync(new SseReader(lines), facts, record, parse, watch.Token).ConfigureAwait(false);
        }
        catch (Exception exception) when (FailureClassifier.IsExternal(exception))
        {
            thrown = exception;
        }
        finish?.Invoke(facts, exchange.Lines?.End ?? LineStreamEnd.Open);
        return (InferenceReportBuilder.Build(request, exchange, record, facts, watch, thrown, cancellation), exchange.Status,
            exchange.ErrorText);
    }

    private static async Task ReadAsync(
        SseReader events, StreamResult facts, StreamTimeline record, Func<StreamResult, StreamTimeline, SseReader, bool> take,
        CancellationToken cancellation)
    {
        while (await events.ReadAsync(cancellation).ConfigureAwait(false))
        {
            if (!take(facts, record, events))
                return;
        }
        if (events.IsTooLong)
            facts.Failure ??= new ProtocolViolation("an event is longer than any that the protocol has");
    }
}
