using System.Net;
using System.Net.Sockets;
using MemoryWall.Core.Time;

namespace MemoryWall.Targets.Http;

/// <summary>
/// One request and its answer on a connection of its own, with the times of both. It follows no redirect (which would send prompts and
/// key to another host), keeps no cookie, and uses no proxy to reach this machine. A connection is never reused: a client that finds a
/// pooled connection stale sends the request twice, and the second request would silently find a warm prompt cache.
/// </summary>
internal sealed class Exchange : IDisposable
{
    // Limit of an answer that a client library reads into memory.
    private const int MaxBufferedBytes = 4 << 20;

    private readonly SocketsHttpHandler _sockets;
    private HttpResponseMessage? _response;
    private volatile Socket? _socket;
    private volatile bool _aborted;

    public Exchange(HttpAccess access)
    {
        Access = access;
        _sockets = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = !access.IsLoopback,
            AutomaticDecompression = DecompressionMethods.None,
            PooledConnectionLifetime = TimeSpan.Zero,
            ConnectTimeout = TimeSpan.FromSeconds(15),
            MaxResponseHeadersLength = 64,
            ActivityHeadersPropagator = null,
            ConnectCallback = ConnectAsync,
        };
        // PhaseWatchdog limits each phase; a timeout here would end a long prefill that is still within its limit.
        Client = new HttpClient(_sockets)
        {
            BaseAddress = access.Endpoint,
            Timeout = Timeout.InfiniteTimeSpan,
            MaxResponseContentBufferSize = MaxBufferedBytes,
        };
        Client.DefaultRequestHeaders.Authorization = access.Key?.Header;
    }

    public HttpAccess Access { get; }

    /// <summary>For a client library that sends one short, untimed request; timed requests go through
    /// <see cref="SendAsync"/>.</summary>
    public HttpClient Client { get; }

    /// <summary>The longest accepted line of the answer, in bytes.</summary>
    public int MaxLineBytes { get; init; } = LineReader.DefaultMaxLineBytes;

    /// <summary>The longest accepted answer, in bytes: one without an end would keep a core busy until a time limit.</summary>
    public long MaxAnswerBytes { get; init; } = 64 << 20;

    /// <summary>Called when the request's first byte is sent.</summary>
    public Action<Instant>? OnSent { get; init; }

    /// <summary>When the first byte of the request's body was written to the open connection; null before.</summary>
    public Instant? Sent { get; private set; }

    /// <summary>When the last byte of the request's body was handed to the connection; null before.</summary>
    public Instant? RequestSent { get; private set; }

    /// <summary>When the answer's headers arrived; null before.</summary>
    public Instant? HeadersArrived { get; private set; }

    /// <summary>The HTTP status of the answer; null before it arrived.</summary>
    public int? Status { get; private set; }

    /// <summary>When the server says that it answered, in whole seconds of its clock; null where it does not, and before it
    /// answered.</summary>
    public DateTimeOffset? Date => _response?.Headers.Date;

    /// <summary>The body of an error response, cut at a limit, or why a successful response cannot be read; null otherwise.</summary>
    public string? ErrorText { get; private set; }

    /// <summary>The lines of a successful response; null before its headers arrived.</summary>
    public LineReader? Lines { get; private set; }

    public bool IsAborted => _aborted;

    /// <summary>Closes the connection, which ends every read and write on it at once.</summary>
    public void Abort()
    {
        _aborted = true;
        _socket?.Dispose();
    }

    public void Dispose()
    {
        Abort();
        Client.Dispose();
        _response?.Dispose();
        Lines?.Dispose();
    }

    /// <summary>Sends the request and passes the lines of a successful response to <paramref name="read"/>. The other properties contain
    /// times, status and error.</summary>
    /// <returns>The exception of the network or of the reading; null where there was none.</returns>
    public async Task<Exception?> SendAsync(HttpRequestMessage request, PhaseWatchdog watch,
        Func<LineReader, CancellationToken, Task> read)
    {
        watch.OnStop(Abort);
        try
        {
            if (request.Content is { } content)
                request.Content = new StampedContent(content, MarkSent, () => RequestSent = Access.Clock.Now);
            else
                MarkSent();
            _response = await Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, watch.Token).ConfigureAwait(false);
            await ReceiveAsync(_response, watch.Token).ConfigureAwait(false);
            if (Lines is { } lines)
                await read(lines, watch.Token).ConfigureAwait(false);
            return null;
        }
        catch (Exception exception) when (FailureClassifier.IsExternal(exception))
        {
            return exception;
        }
    }

    private void MarkSent()
    {
        if (Sent is not null)
            return;
        Sent = Access.Clock.Now;
        OnSent?.Invoke(Sent.Value);
    }

    private async Task ReceiveAsync(HttpResponseMessage response, CancellationToken cancellation)
    {
        HeadersArrived = Access.Clock.Now;
        Access.IsTransportKnown = true;
        Status = (int)response.StatusCode;
        if (response.Content.Headers.ContentEncoding.FirstOrDefault(IsCompressed) is { } packing)
            ErrorText = $"the answer is compressed ({packing}) although the request did not allow it, so its chunks cannot be timed; "
                + "turn compression off at the server or proxy";
        else if (response.IsSuccessStatusCode)
            Lines = new LineReader(
                StreamPump.Start(await response.Content.ReadAsStreamAsync(cancellation).ConfigureAwait(false), Access.Clock), MaxLineBytes,
                MaxAnswerBytes);
        else
            ErrorText = await BoundedBody.ReadErrorAsync(response, cancellation).ConfigureAwait(false);
    }

    private static bool IsCompressed(string encoding) => !encoding.Equals("identity", StringComparison.OrdinalIgnoreCase);

    private async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellation)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(context.DnsEndPoint, cancellation).ConfigureAwait(false);
            _socket = socket;
            Access.HasConnected = true;
            if (_aborted)
                throw new OperationCanceledException();
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>A request's body that reports when its first byte is written, which is after the connection opened, and when its last
    /// was.</summary>
    private sealed class StampedContent : HttpContent
    {
        private readonly HttpContent _inner;
        private readonly Action _onStarted;
        private readonly Action _onWritten;

        public StampedContent(HttpContent inner, Action onStarted, Action onWritten)
        {
            (_inner, _onStarted, _onWritten) = (inner, onStarted, onWritten);
            foreach (var (name, values) in inner.Headers)
                Headers.TryAddWithoutValidation(name, values);
        }

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context,
            CancellationToken cancellationToken)
        {
            _onStarted();
            await _inner.CopyToAsync(stream, context, cancellationToken).ConfigureAwait(false);
            _onWritten();
        }

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
            SerializeToStreamAsync(stream, context, CancellationToken.None);

        protected override bool TryComputeLength(out long length)
        {
            length = _inner.Headers.ContentLength ?? 0;
            return _inner.Headers.ContentLength is not null;
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing)
                _inner.Dispose();
            base.Dispose(disposing);
        }
    }
}
