using System.Net;

namespace MemoryWall.Targets.Http;

/// <summary>Sees the bytes of one exchange before any client library does.</summary>
internal sealed class ObservingHandler(Exchange exchange) : DelegatingHandler
{
    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (request.Content is { } content)
            request.Content = new StampedContent(content, exchange.MarkSent);
        else
            exchange.MarkSent();
        var response = await base.SendAsync(request, cancellationToken).ConfigureAwait(false);
        try
        {
            await exchange.ReceiveResponseAsync(response, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            response.Dispose();
            throw;
        }
        var type = response.Content.Headers.ContentType;
        response.Content = exchange is { Lines: { } lines, Observer: { } observer }
            ? new StreamContent(new ObservedLineStream(lines, observer))
            : new ByteArrayContent([]);
        response.Content.Headers.ContentType = type;
        return response;
    }

    /// <summary>A request's body that tells when its first byte is handed to the socket: by then the connection stands.</summary>
    private sealed class StampedContent : HttpContent
    {
        private readonly HttpContent _inner;
        private readonly Action _onSent;

        public StampedContent(HttpContent inner, Action sent)
        {
            (_inner, _onSent) = (inner, sent);
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
