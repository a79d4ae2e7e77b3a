using System.Net;
using System.Net.Sockets;
using MemoryWall.Core.Time;

namespace MemoryWall.Targets.Http;

/// <summary>
/// One request and its answer on a connection of its own, with what was seen and when. It follows no redirect (that would carry prompts and
/// key to another host), keeps no cookie, and uses no proxy to reach this machine. A connection is never used again: a client that finds a
/// pooled connection stale sends the request twice, and the second request would silently find a warm cache.
/// </summary>
internal sealed class Exchange : IDisposable
{
    // Of an answer that a client library reads whole.
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
        // Phases have their own limits; one of the client's would end a long prefill that is still within its own.
        Client = new HttpClient(_sockets)
        {
            BaseAddress = access.Endpoint,
            Timeout = Timeout.InfiniteTimeSpan,
            MaxResponseContentBufferSize = MaxBufferedBytes,
        };
        Client.DefaultRequestHeaders.Authorization = access.Key?.Header;
    }

    public HttpAccess Access { get; }

    /// <summary>For a client library that sends one short request without stamps; timed requests go through
    /// <see cref="SendAsync"/>.</summary>
    public HttpClient Client { get; }

    /// <summary>Longest line of the answer that is taken.</summary>
    public int MaxLineBytes { get; init; } = LineReader.DefaultMaxLineBytes;

    /// <summary>Called when the request's first byte is sent.</summary>
    public Action<Instant>? OnSent { get; init; }

    /// <summary>When the request's body was handed to the socket; the connection was open by then.</summary>
    public Instant? Sent { get; private set; }

    public Instant? HeadersArrived { get; private set; }

    public int? Status { get; private set; }

    /// <summary>The body of an answer that is no success, bounded and as it came, or why a success cannot be read; null where there is
    /// neither.</summary>
    public string? ErrorText { get; private set; }

    /// <summary>The answer's lines; null before a success was seen.</summary>
    public LineReader? Lines { get; private set; }

    public bool IsAborted => _aborted;

    /// <summary>Breaks the connection: whatever waits for it ends at once.</summary>
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

    /// <summary>Sends the request and hands the lines of a successful answer to <paramref name="read"/>. What happened is in the other
    /// properties.</summary>
    /// <returns>What the network or the reading threw; null where nothing was thrown.</returns>
    public async Task<Exception?> SendAsync(HttpRequestMessage request, PhaseWatchdog watch,
        Func<LineReader, CancellationToken, Task> read)
    {
        watch.OnStop(Abort);
        try
        {
            if (request.Content is { } content)
                request.Content = new StampedContent(content, MarkSent);
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
        Status = (int)response.StatusCode;
        if (response.Content.Headers.ContentEncoding.FirstOrDefault(IsCompressed) is { } packing)
            ErrorText = $"the answer is compressed ({packing}) without being asked to be: its chunks could not be timed";
        else if (response.IsSuccessStatusCode)
            Lines = new LineReader(
                StreamPump.Start(await response.Content.ReadAsStreamAsync(cancellation).ConfigureAwait(false), Access.Clock), MaxLineBytes);
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

    /// <summary>A request's body that reports when its first byte is handed to the socket: the connection is open by then.</summary>
    private sealed class StampedContent : HttpContent
    {
        private readonly HttpContent _inner;
        private readonly Action _onSent;

        public StampedContent(HttpContent inner, Action onSent)
        {
            (_inner, _onSent) = (inner, onSent);
            foreach (var (name, values) in inner.Headers)
                Headers.TryAddWithoutValidation(name, values);
        }

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
        {
            _onSent();
            return _inner.CopyToAsync(stream, context, cancellationToken);
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
