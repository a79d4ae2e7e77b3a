using MemoryWall.Core.Trials;

namespace MemoryWall.Targets.Http;

/// <summary>One inference whose answer is a stream of server-sent events.</summary>
internal sealed record SseInference
{
    // A final event can repeat the prompt, and JSON can escape one character with six.
    private const int MaxEscapedLength = 6;

    /// <summary>The server.</summary>
    public required HttpAccess Access { get; init; }

    /// <summary>The path below the endpoint.</summary>
    public required string Path { get; init; }

    /// <summary>The JSON of the request, as UTF-8.</summary>
    public required ReadOnlyMemory<byte> Body { get; init; }

    /// <summary>The inference that the body requests.</summary>
    public required InferenceRequest Request { get; init; }

    /// <summary>Receives each mark as it arrives; may be null.</summary>
    public Action<StreamMark>? Live { get; init; }

    /// <summary>Reads an event into the result and the timeline; returns false to stop reading.</summary>
    public required Func<StreamResult, StreamTimeline, SseReader, bool> Parse { get; init; }

    /// <summary>Receives how the lines ended, for protocols whose end is not a single frame; null for others.</summary>
    public Action<StreamResult, LineStreamEnd>? Finish { get; init; }

    /// <summary>Sends the request and reads its answer to the end.</summary>
    /// <param name="cancellation">Ends the inference when the user stops the run.</param>
    /// <returns>The report, and the status and text of an error response.</returns>
    public async Task<(InferenceReport Report, int? Status, string? ErrorText)> RunAsync(CancellationToken cancellation)
    {
        var maxLineBytes = (int)Math.Min(LineReader.DefaultMaxLineBytes + (long)MaxEscapedLength * Request.Prompt.Text.Length, 1 << 30);
        using var stream = new InferenceStream(Access, Request, Live, maxLineBytes, cancellation);
        using var message = JsonCall.CreatePost(Path, Body);
        await stream.SendAsync(message, (lines, token) => ReadAsync(new SseReader(lines), stream, Parse, token)).ConfigureAwait(false);
        Finish?.Invoke(stream.Result, stream.Exchange.Lines?.End ?? LineStreamEnd.Open);
        return (InferenceReportBuilder.Build(stream), stream.Exchange.Status, stream.Exchange.ErrorText);
    }

    /// <summary>Reads events until there are no more, or <paramref name="parse"/> returns false. An event that is named <c>error</c> is a
    /// failure in the server's words.</summary>
    internal static async Task ReadAsync(SseReader events, InferenceStream stream,
        Func<StreamResult, StreamTimeline, SseReader, bool> parse, CancellationToken cancellation)
    {
        while (await events.ReadAsync(cancellation).ConfigureAwait(false))
        {
            if (events.IsError)
            {
                stream.Result.Failure = ServerErrorClassifier.ClassifyStreamError(
                    System.Text.Encoding.UTF8.GetString(events.Data.Span), stream.Exchange.Access);
                return;
            }
            if (!parse(stream.Result, stream.Timeline, events))
                return;
        }
        if (events.IsTooLong)
            stream.Result.Failure ??= new ProtocolViolation(
                FormattableString.Invariant($"an event is longer than {stream.Exchange.MaxLineBytes} bytes"));
    }
}
