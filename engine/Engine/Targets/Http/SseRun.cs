using MemoryWall.Facts;

namespace MemoryWall.Targets.Http;

/// <summary>One inference whose answer comes as server-sent events.</summary>
internal static class SseRun
{
    // A final event may repeat the prompt, and JSON may write a character with six.
    private const int Escaped = 6;

    /// <summary>Sends the body and hands every event to <paramref name="take"/> until that says no.</summary>
    /// <param name="access">Where to.</param>
    /// <param name="path">The path below the endpoint.</param>
    /// <param name="body">The request.</param>
    /// <param name="request">What it asks for.</param>
    /// <param name="live">Told of each mark.</param>
    /// <param name="take">Reads an event into the facts and the record; whether there may be more.</param>
    /// <param name="finish">Told how the lines ended, for protocols whose end is more than one frame.</param>
    /// <param name="cancellation">The user's wish to stop.</param>
    public static async Task<(InferenceReport Report, int? Status, string? ErrorText)> RunAsync(
        HttpAccess access,
        string path,
        ReadOnlyMemory<byte> body,
        InferenceRequest request,
        Action<StreamMark>? live,
        Func<StreamFacts, StreamRecord, SseReader, bool> take,
        Action<StreamFacts, LinesEnd>? finish,
        CancellationToken cancellation)
    {
        using var watch = new PhaseWatch(access.Clock, request.Limits, Phase.Prefill, cancellation);
        var facts = new StreamFacts();
        var record = new StreamRecord(request, watch, live);
        using var exchange = new Exchange(access)
        {
            OnSent = sent => watch.Enter(Phase.Prefill, sent),
            MaxLineBytes = (int)Math.Min(LineReader.DefaultMaxLineBytes + (long)Escaped * request.Prompt.Text.Length, 1 << 30),
        };
        watch.OnStop(exchange.Abort);
        Exception? thrown = null;
        try
        {
            using var message = JsonCall.Post(path, body);
            using var response = await exchange.Client.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, watch.Token).ConfigureAwait(false);
            if (exchange.Lines is { } lines)
                await ReadAsync(new SseReader(lines), facts, record, take, watch.Token).ConfigureAwait(false);
        }
        catch (Exception exception) when (Failures.IsForeign(exception))
        {
            thrown = exception;
        }
        finish?.Invoke(facts, exchange.Lines?.End ?? LinesEnd.Open);
        return (InferenceReports.Of(request, exchange, record, facts, watch, thrown, cancellation), exchange.Status, exchange.ErrorText);
    }

    private static async Task ReadAsync(
        SseReader events, StreamFacts facts, StreamRecord record, Func<StreamFacts, StreamRecord, SseReader, bool> take, CancellationToken cancellation)
    {
        while (await events.ReadAsync(cancellation).ConfigureAwait(false))
        {
            if (!take(facts, record, events))
                return;
        }
        if (events.TooLong)
            facts.Failure ??= new ProtocolViolation("an event is longer than any that the protocol has");
    }
}
