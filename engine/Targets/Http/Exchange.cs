using System.Net;
using System.Net.Sockets;
using MemoryWall.Core.Time;

namespace MemoryWall.Targets.Http;

/// <summary>
/// One request and its answer on a connection of its own, with what was seen and when. No redirect is followed (it would carry prompts and
/// key to another host), no cookie kept, and no proxy stands before this machine. A connection is never used again: a client that finds a
/// pooled one stale sends the request twice, and the second would meet a warm cache, unseen.
/// </summary>
internal sealed class Exchange : IDisposable
{
    private readonly SocketsHttpHandler _sockets;
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
        Client = new HttpClient(new ObservingHandler(this) { InnerHandler = _sockets })
        {
            BaseAddress = access.Endpoint,
            Timeout = Timeout.InfiniteTimeSpan
        };
        Client.DefaultRequestHeaders.Authorization = access.Key?.Header;
    }

    public HttpAccess Access { get; }

    /// <summary>Sends one request; everything that goes through it is observed.</summary>
    public HttpClient Client { get; }

    /// <summary>Longest line of the answer that is taken.</summary>
    public int MaxLineBytes { get; init; } = LineReader.DefaultMaxLineBytes;

    /// <summary>Where the lines go before the client library sees them; null where the caller reads <see cref="Lines"/> itself.</summary>
    public Func<ReadOnlyMemory<byte>, Instant, bool>? Observer { get; init; }

    /// <summary>Told when the request's first byte goes out.</summary>
    public Action<Instant>? OnSent { get; init; }

    /// <summary>When the request's body was handed to the socket; the connection stood by then.</summary>
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
        Lines?.Dispose();
    }

    internal void MarkSent()
    {
        if (Sent is not null)
            return;
        Sent = Access.Clock.Now;
        OnSent?.Invoke(Sent.Value);
    }

    internal async Task ReceiveResponseAsync(HttpResponseMessage response, CancellationToken cancellation)
    {
        HeadersArrived = Access.Clock.Now;
        Status = (int)response.StatusCode;
        if (response.Content.Headers.ContentEncoding.FirstOrDefault(IsCompressed) is { } packing)
            ErrorText = $"the answer is packed ({packing}), though nobody asked for that: its chunks could not be timed";
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
}
