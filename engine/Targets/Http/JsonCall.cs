using System.Text.Json;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Time;
using MemoryWall.Core.Trials;

namespace MemoryWall.Targets.Http;

/// <summary>A response as one JSON value, or why there is none.</summary>
/// <param name="Json">The value; null where there is a problem.</param>
/// <param name="Status">The HTTP status; null where no response arrived.</param>
/// <param name="Problem">What went wrong; null where nothing did.</param>
internal sealed record JsonResponse(JsonDocument? Json, int? Status, Outcome? Problem) : IDisposable
{
    public JsonElement? Root => Json?.RootElement;

    public void Dispose() => Json?.Dispose();
}

/// <summary>A response as text, or why there is none.</summary>
/// <param name="Text">The text; null where there is a problem.</param>
/// <param name="Status">The HTTP status; null where no response arrived.</param>
/// <param name="Problem">What went wrong; null where nothing did.</param>
internal sealed record TextResponse(string? Text, int? Status, Outcome? Problem)
{
    /// <summary>When the request was sent; null where no connection was tried.</summary>
    public Instant? Sent { get; init; }

    /// <summary>When the headers of the response arrived; null where none did.</summary>
    public Instant? HeadersArrived { get; init; }

    /// <summary>When the server says that it answered, in whole seconds; null where it does not.</summary>
    public DateTimeOffset? Date { get; init; }
}

/// <summary>Short requests that are not timed: bounded in size and time.</summary>
internal static class JsonCall
{
    /// <summary>The limit for responses that describe a server.</summary>
    public const int DefaultMaxBytes = 4 << 20;

    private static readonly TimeSpan s_defaultTimeout = TimeSpan.FromSeconds(60);

    public static Task<JsonResponse> GetAsync(HttpAccess access, string path, CancellationToken cancellation,
        int maxBytes = DefaultMaxBytes, TimeSpan? limit = null) =>
        SendAsync(access, new HttpRequestMessage(HttpMethod.Get, path), maxBytes, limit ?? s_defaultTimeout, cancellation);

    public static Task<JsonResponse> PostAsync(HttpAccess access, string path, ReadOnlyMemory<byte> body, CancellationToken cancellation,
        int maxBytes = DefaultMaxBytes, TimeSpan? limit = null) =>
        SendAsync(access, CreatePost(path, body), maxBytes, limit ?? s_defaultTimeout, cancellation);

    public static HttpRequestMessage CreatePost(string path, ReadOnlyMemory<byte> body) =>
        new(HttpMethod.Post, path) { Content = new ReadOnlyMemoryContent(body) { Headers = { ContentType = new("application/json") } } };

    /// <summary>The text of a response, null where the request failed, and its status, null where no response arrived.</summary>
    public static async Task<(string? Page, int? Status)> GetTextAsync(HttpAccess access, string path, TimeSpan limit,
        CancellationToken cancellation)
    {
        var answer = await GetPageAsync(access, path, limit, cancellation).ConfigureAwait(false);
        return (answer.Text, answer.Status);
    }

    /// <summary>The text of a response with its times.</summary>
    public static async Task<TextResponse> GetPageAsync(HttpAccess access, string path, TimeSpan limit, CancellationToken cancellation)
    {
        var received = await SendForBytesAsync(access, new HttpRequestMessage(HttpMethod.Get, path), DefaultMaxBytes,
            limit, cancellation).ConfigureAwait(false);
        var text = received is { Problem: null, Bytes: { } bytes }
            ? System.Text.Encoding.UTF8.GetString(bytes.GetBuffer(), 0, (int)bytes.Length)
            : null;
        return new TextResponse(text, received.Status, received.Problem)
        {
            Sent = received.Sent,
            HeadersArrived = received.HeadersArrived,
            Date = received.Date,
        };
    }

    private static async Task<JsonResponse> SendAsync(HttpAccess access, HttpRequestMessage request, int maxBytes, TimeSpan limit,
        CancellationToken cancellation)
    {
        var received = await SendForBytesAsync(access, request, maxBytes, limit, cancellation).ConfigureAwait(false);
        if (received is not { Problem: null, Bytes: { } bytes, Status: var status })
            return new(null, received.Status, received.Problem);
        try
        {
            return new(JsonDocument.Parse(bytes.GetBuffer().AsMemory(0, (int)bytes.Length)), status, null);
        }
        catch (JsonException)
        {
            return new(null, status, new ProtocolViolation($"the answer of {request.RequestUri} is not JSON"));
        }
    }

    private static async Task<Received> SendForBytesAsync(
        HttpAccess access, HttpRequestMessage request, int maxBytes, TimeSpan limit, CancellationToken cancellation)
    {
        using var watch = new PhaseWatchdog(access.Clock, new PhaseLimits { Load = limit }, Phase.Load, cancellation);
        using var exchange = new Exchange(access) { MaxLineBytes = maxBytes };
        var bytes = new MemoryStream();
        var isTooLong = false;
        var thrown = await exchange.SendAsync(request, watch, async (lines, token) =>
        {
            while (!isTooLong && await lines.ReadAsync(token).ConfigureAwait(false))
            {
                isTooLong = bytes.Length + lines.Line.Length > maxBytes;
                bytes.Write(lines.Line.Span);
                bytes.WriteByte((byte)'\n');
            }
        }).ConfigureAwait(false);
        if (isTooLong)
            return new(null, exchange.Status, TooLong(request, maxBytes));
        Outcome? problem = exchange switch
        {
            { Lines.End: LineStreamEnd.Complete } => null,
            { Status: { } status, ErrorText: { } text } => ServerErrorClassifier.ClassifyStatus(status, text, exchange.Access),
            _ when watch.Expired is { } expired => expired,
            _ when cancellation.IsCancellationRequested => new Cancelled(),
            { Lines.End: LineStreamEnd.LineTooLong or LineStreamEnd.AnswerTooLong } => TooLong(request, maxBytes),
            _ => FailureClassifier.Classify(thrown ?? exchange.Lines?.Failure, access),
        };
        return problem is not null && await IsTlsMissingAsync(exchange, problem, thrown, cancellation).ConfigureAwait(false)
            ? new(null, null, new Refused(null, TlsAdvice.DescribeMissing(access.Endpoint)))
            : new(bytes, exchange.Status, problem)
            {
                Sent = exchange.Sent,
                HeadersArrived = exchange.HeadersArrived,
                Date = exchange.Date,
            };
    }

    // A server that expects TLS answers plain http with a refusal that says so, with bytes that are not HTTP, or with nothing.
    private static async Task<bool> IsTlsMissingAsync(Exchange exchange, Outcome problem, Exception? thrown,
        CancellationToken cancellation)
    {
        var access = exchange.Access;
        if (access.Endpoint.Scheme != "http")
            return false;
        if (exchange.Status is not null)
            return problem is Refused { Status: 400 } refused && TlsAdvice.ExpectsTls(refused.Text);
        if (access.IsTransportKnown || problem is not (ProtocolViolation or TargetDied) || thrown is not HttpRequestException
            {
                HttpRequestError: not (HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError)
            })
            return false;
        // Once: a server that broke a connection for another reason is not kept waiting again.
        access.IsTransportKnown = true;
        return await TlsAdvice.AnswersWithTlsAsync(access.Endpoint, cancellation).ConfigureAwait(false);
    }

    private static ProtocolViolation TooLong(HttpRequestMessage request, int maxBytes) =>
        new(FormattableString.Invariant($"{request.RequestUri} answered with more than {maxBytes} bytes"));

    private sealed record Received(MemoryStream? Bytes, int? Status, Outcome? Problem)
    {
        public Instant? Sent { get; init; }

        public Instant? HeadersArrived { get; init; }

        public DateTimeOffset? Date { get; init; }
    }
}
