using System.Net.Sockets;
using System.Security.Authentication;
using System.Text.Json;
using MemoryWall.Core.Trials;

namespace MemoryWall.Targets.Http;

/// <summary>Maps an exception of the network to an outcome.</summary>
internal static class FailureClassifier
{
    /// <summary>Whether the network or the server caused the exception, and not a bug of this program.</summary>
    public static bool IsExternal(Exception exception) =>
        exception is HttpRequestException or IOException or SocketException or OperationCanceledException or ObjectDisposedException
            or JsonException or AuthenticationException;

    /// <summary>The outcome of a request without an answer.</summary>
    public static Outcome Classify(Exception? exception, HttpAccess access)
    {
        var where = access.Endpoint.GetLeftPart(UriPartial.Authority);
        return exception switch
        {
            HttpRequestException { HttpRequestError: HttpRequestError.InvalidResponse or HttpRequestError.ConfigurationLimitExceeded } =>
                new ProtocolViolation(access.Sanitize($"the server at {where} does not answer in HTTP: {InnermostMessage(exception)}")),
            HttpRequestException { HttpRequestError: HttpRequestError.SecureConnectionError } or AuthenticationException =>
                new Refused(null, access.Sanitize(TlsAdvice.Describe(access.Endpoint, InnermostMessage(exception)))),
            // A server of plain HTTP waits for the end of the line that the handshake of TLS seems to begin.
            _ when HasTimedOut(exception) => access is { HasConnected: true, Endpoint.Scheme: "https" }
                ? new Refused(null, access.Sanitize(TlsAdvice.DescribeSilence(access.Endpoint)))
                : new TargetDied(access.Sanitize($"no server answers at {where}: {InnermostMessage(exception)}")),
            HttpRequestException { HttpRequestError: HttpRequestError.ProxyTunnelError } =>
                new Refused(null, access.Sanitize(
                    $"the proxy of this environment (HTTP_PROXY, HTTPS_PROXY) does not connect to {where}: {InnermostMessage(exception)}")),
            // A refused connection means exactly that no server listens, so the socket's message adds nothing.
            HttpRequestException { InnerException: SocketException { SocketErrorCode: SocketError.ConnectionRefused } } =>
                new TargetDied(access.Sanitize($"no server answers at {where}")),
            HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError } =>
                new TargetDied(access.Sanitize($"no server answers at {where}: {InnermostMessage(exception)}")),
            HttpRequestException or IOException or SocketException or ObjectDisposedException =>
                new TargetDied(access.Sanitize($"the connection to {where} broke: {InnermostMessage(exception)}")),
            _ => new ProtocolViolation(access.Sanitize($"the answer could not be read: {InnermostMessage(exception)}")),
        };
    }

    private static bool HasTimedOut(Exception? exception)
    {
        while (exception is not (null or TimeoutException))
            exception = exception.InnerException;
        return exception is not null;
    }

    /// <summary>The message of the innermost exception, with the error code where it is a socket's.</summary>
    public static string InnermostMessage(Exception? exception)
    {
        while (exception?.InnerException is { } inner)
            exception = inner;
        return exception switch
        {
            null => "no reason is known",
            SocketException socket => $"{socket.SocketErrorCode} ({socket.Message})",
            _ => exception.Message,
        };
    }
}
