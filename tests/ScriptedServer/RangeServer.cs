using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace MemoryWall.ScriptedServer;

/// <summary>What a server of files does wrong.</summary>
public enum RangeFault
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>It sends the whole file.</summary>
    NoRanges,

    /// <summary>It sends a page about the file.</summary>
    Page,

    /// <summary>It sends another part than asked for.</summary>
    OtherRange,

    /// <summary>It ends the connection in the middle of a part.</summary>
    Truncated,

    /// <summary>The file is another one with each request.</summary>
    Changed,

    /// <summary>It says that the part is compressed.</summary>
    Compressed,

    /// <summary>It has no such file.</summary>
    Missing,

    /// <summary>It wants credentials.</summary>
    Forbidden,

    /// <summary>It sends a few bytes and then nothing.</summary>
    Stalled,
}

/// <summary>A web server on this machine that sends parts of files of which only the header exists; the rest is zeros.</summary>
public sealed class RangeServer : IAsyncDisposable
{
    private readonly HttpListener _listener = new();
    private readonly CancellationTokenSource _end = new();
    private readonly Dictionary<string, (byte[] Header, long Length)> _files = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _redirections = new(StringComparer.Ordinal);
    private readonly int _port;
    private readonly Task _serving;
    private long _sent;
    private int _requests;

    public RangeServer()
    {
        using (var free = new TcpListener(IPAddress.Loopback, 0))
        {
            free.Start();
            _port = ((IPEndPoint)free.LocalEndpoint).Port;
        }
        _listener.Prefixes.Add(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{_port}/"));
        _listener.Start();
        _serving = ServeAsync();
    }

    public RangeFault Fault { get; init; }

    public long SentBytes => Interlocked.Read(ref _sent);

    public Uri At(string path) => new(string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{_port}{path}"));

    public void Add(string path, (byte[] Header, long Length) file) => _files[path] = file;

    public void Redirect(string from, params string[] to)
    {
        foreach (var next in to)
            (_redirections[from], from) = (next, next);
    }

    public async ValueTask DisposeAsync()
    {
        await _end.CancelAsync();
        _listener.Close();
        await _serving;
        _end.Dispose();
    }

    private async Task ServeAsync()
    {
        while (!_end.IsCancellationRequested)
        {
            try
            {
                var context = await _listener.GetContextAsync();
                _ = AnswerAsync(context);
            }
            catch (Exception error) when (error is HttpListenerException or ObjectDisposedException)
            {
                return;
            }
        }
    }

    private async Task AnswerAsync(HttpListenerContext context)
    {
        var response = context.Response;
        try
        {
            await AnswerAsync(context.Request, response);
        }
        catch (Exception error) when (error is HttpListenerException or IOException or ObjectDisposedException or OperationCanceledException
            or InvalidOperationException)
        {
            // The client has gone.
            response.Abort();
        }
    }

    private async Task AnswerAsync(HttpListenerRequest request, HttpListenerResponse response)
    {
        var path = request.Url!.AbsolutePath;
        if (_redirections.TryGetValue(path, out var to))
        {
            response.StatusCode = 302;
            response.Headers["Location"] = to;
            response.Close();
            return;
        }
        if (Fault is RangeFault.Missing or RangeFault.Forbidden || !_files.TryGetValue(path, out var file))
        {
            response.StatusCode = Fault == RangeFault.Forbidden ? 401 : 404;
            response.Close();
            return;
        }
        var range = request.Headers["Range"]!["bytes=".Length..].Split('-')
            .Select(number => long.Parse(number, CultureInfo.InvariantCulture)).ToArray();
        var (from, end) = (range[0], Math.Min(range[1], file.Length - 1));
        if (Fault == RangeFault.Page)
            response.ContentType = "text/html; charset=utf-8";
        if (Fault is RangeFault.NoRanges or RangeFault.Page)
            (from, end) = (0, file.Length - 1);
        else
        {
            response.StatusCode = 206;
            var said = Fault == RangeFault.OtherRange ? from + 1 : from;
            var length = file.Length + (Fault == RangeFault.Changed ? Interlocked.Increment(ref _requests) : 0);
            response.Headers["Content-Range"] = string.Create(CultureInfo.InvariantCulture, $"bytes {said}-{end}/{length}");
        }
        if (Fault == RangeFault.Compressed)
            response.Headers["Content-Encoding"] = "gzip";
        response.ContentLength64 = end - from + 1;
        await SendAsync(response, file.Header, from, end);
    }

    private async Task SendAsync(HttpListenerResponse response, byte[] header, long from, long end)
    {
        var buffer = new byte[64 << 10];
        for (var at = from; at <= end; at += buffer.Length)
        {
            var count = (int)Math.Min(buffer.Length, end - at + 1);
            Array.Clear(buffer);
            if (at < header.Length)
                Array.Copy(header, at, buffer, 0, Math.Min(count, header.Length - at));
            await response.OutputStream.WriteAsync(buffer.AsMemory(0, count), _end.Token);
            Interlocked.Add(ref _sent, count);
            if (Fault == RangeFault.Stalled)
                await Task.Delay(Timeout.Infinite, _end.Token);
            if (Fault == RangeFault.Truncated)
            {
                response.Abort();
                return;
            }
        }
        response.Close();
    }
}
