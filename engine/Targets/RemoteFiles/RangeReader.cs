using System.Net;
using System.Net.Http.Headers;
using MemoryWall.Targets.Http;

namespace MemoryWall.Targets.RemoteFiles;

/// <summary>
/// Reads parts of a file on a web server by range requests (RFC 9110, section 14), never the whole file: over TLS, or over plain http on
/// this machine. Redirections, bytes and time are limited, and no cookies or credentials are sent.
/// </summary>
internal sealed class RangeReader : IDisposable
{
    private const int MaxRedirections = 5;
    private static readonly TimeSpan s_connectTimeout = TimeSpan.FromSeconds(10);
    private readonly HttpClient _client;
    private readonly long _maxBytes;
    private long _read;

    /// <param name="maxBytes">The most bytes that are read over all files.</param>
    public RangeReader(long maxBytes)
    {
        _maxBytes = maxBytes;
        _client = new HttpClient(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            ConnectTimeout = s_connectTimeout,
            AutomaticDecompression = DecompressionMethods.None,
            MaxResponseHeadersLength = 64,
        })
        { Timeout = Timeout.InfiniteTimeSpan };
    }

    /// <summary>Bytes read so far.</summary>
    public long ReadBytes => _read;

    /// <summary>Why an address is not read; null where it is.</summary>
    public static string? Validate(Uri address) =>
        address.UserInfo.Length > 0 ? "the address contains a user name or password"
        : address.Scheme is not ("https" or "http") ? $"the scheme '{address.Scheme}' is not https"
        : address.Scheme == "http" && !address.IsLoopback ? "plain http is for this machine only; write https"
        : null;

    /// <summary>Reads bytes from a position on, fewer at the end of the file.</summary>
    /// <exception cref="IOException">The server cannot be reached, or it answers in another way; the message says how. A status other than
    /// success is in the inner <see cref="HttpRequestException"/>.</exception>
    public async Task<FilePart> ReadAsync(Uri address, long from, int count, CancellationToken cancellation)
    {
        if (_read + count > _maxBytes)
            throw new IOException($"more than {_maxBytes >> 20} MiB would be read; the header is too large");
        try
        {
            using var response = await SendAsync(address, from, count, cancellation).ConfigureAwait(false);
            return await ReadAsync(response, from, count, cancellation).ConfigureAwait(false);
        }
        catch (HttpRequestException error)
        {
            var message = error.InnerException?.Message ?? error.Message;
            throw new IOException(error.HttpRequestError == HttpRequestError.SecureConnectionError
                ? TlsAdvice.Describe(address, message) : message, error);
        }
    }

    public void Dispose() => _client.Dispose();

    private async Task<HttpResponseMessage> SendAsync(Uri address, long from, int count, CancellationToken cancellation)
    {
        var at = address;
        for (var redirections = 0; ; redirections++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, at);
            request.Headers.Range = new RangeHeaderValue(from, from + count - 1);
            request.Headers.AcceptEncoding.ParseAdd("identity");
            request.Headers.UserAgent.ParseAdd("memwall");
            var response = await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation).ConfigureAwait(false);
            if ((int)response.StatusCode is not (301 or 302 or 303 or 307 or 308))
                return response;
            using (response)
            {
                if (redirections == MaxRedirections)
                    throw new IOException($"the server redirects more than {MaxRedirections} times");
                at = Follow(at, response.Headers.Location);
            }
        }
    }

    private static Uri Follow(Uri from, Uri? location)
    {
        if (location is null)
            throw new IOException("the server redirects without an address");
        var to = new Uri(from, location);
        if (Validate(to) is { } problem)
            throw new IOException($"the server redirects to '{to.Host}', but {problem}");
        // A server elsewhere must not choose what is read from this machine.
        return to.IsLoopback && !from.IsLoopback ? throw new IOException("the server redirects to this machine, which is not followed")
            : from.Scheme == "https" && to.Scheme != "https" ? throw new IOException("the server redirects from https to plain http")
            : to;
    }

    private async Task<FilePart> ReadAsync(HttpResponseMessage response, long from, int count, CancellationToken cancellation)
    {
        if (response.IsSuccessStatusCode && response.Content.Headers.ContentType?.MediaType == "text/html")
            throw new IOException("the server sends a web page and no file; on huggingface.co a file's address has /resolve/ where that of "
                + "its page has /blob/");
        if (response.StatusCode == HttpStatusCode.OK)
            throw new IOException(
                "the server sends the whole file and no part of it (it has no range requests); download the file instead");
        if (response.StatusCode != HttpStatusCode.PartialContent)
            throw new IOException($"the server answers with status {(int)response.StatusCode}"
                + ((int)response.StatusCode is 401 or 403 ? ", it wants credentials, which are not sent" : ""),
                new HttpRequestException(null, null, response.StatusCode));
        var range = response.Content.Headers.ContentRange;
        if (range is not { From: { } start, To: { } end, Length: { } length } || start != from || end < start || end - start >= count
            || end >= length)
            throw new IOException("the server answers a range request with another range than asked for");
        if (response.Content.Headers.ContentEncoding.Count > 0)
            throw new IOException("the server compresses the file, of which a part cannot be read");
        var bytes = new byte[end - start + 1];
        var stream = await response.Content.ReadAsStreamAsync(cancellation).ConfigureAwait(false);
        await using (stream.ConfigureAwait(false))
        {
            var read = await stream.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, cancellation).ConfigureAwait(false);
            _read += read;
            return read == bytes.Length ? new FilePart(bytes, length, response.Headers.ETag?.ToString())
                : throw new IOException($"the server ended its answer after {read} of {bytes.Length} bytes");
        }
    }
}

/// <summary>A part of a file.</summary>
/// <param name="Bytes">The part.</param>
/// <param name="FileBytes">The size of the whole file.</param>
/// <param name="Version">The file's entity tag; null where the server sends none.</param>
internal sealed record FilePart(byte[] Bytes, long FileBytes, string? Version);
