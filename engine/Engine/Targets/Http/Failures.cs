using System.Net.Sockets;
using System.Security.Authentication;
using System.Text.Json;
using MemoryWall.Facts;

namespace MemoryWall.Targets.Http;

/// <summary>What an exception of the network or of a client library means for the target.</summary>
internal static class Failures
{
    /// <summary>Whether it is the world's doing and not a bug of ours.</summary>
    public static bool IsForeign(Exception exception) =>
        exception is HttpRequestException or IOException or SocketException or OperationCanceledException or ObjectDisposedException or JsonException
            or AuthenticationException
        || exception.GetType().Namespace?.StartsWith("OllamaSharp", StringComparison.Ordinal) == true;

    /// <summary>The outcome where no answer was seen.</summary>
    public static Outcome Of(Exception? exception, HttpAccess access)
    {
        var where = access.Endpoint.GetLeftPart(UriPartial.Authority);
        return exception switch
        {
            HttpRequestException { HttpRequestError: HttpRequestError.InvalidResponse or HttpRequestError.ConfigurationLimitExceeded } =>
                new ProtocolViolation(access.Clean($"{where} does not answer in HTTP: {Words(exception)}")),
            HttpRequestException { HttpRequestError: HttpRequestError.SecureConnectionError } or AuthenticationException =>
                new Refused(null, access.Clean($"no TLS connection to {where}: {Words(exception)}")),
            HttpRequestException { HttpRequestError: HttpRequestError.ProxyTunnelError } =>
                new Refused(null, access.Clean($"no way to {where} through the proxy of this environment: {Words(exception)}")),
            HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError } =>
                new TargetDied(access.Clean($"nothing answers at {where}: {Words(exception)}")),
            HttpRequestException or IOException or SocketException or ObjectDisposedException =>
                new TargetDied(access.Clean($"the connection to {where} broke: {Words(exception)}")),
            _ => new ProtocolViolation(access.Clean($"the answer could not be read: {Words(exception)}")),
        };
    }

    /// <summary>The innermost message: the socket's own words where there are some.</summary>
    public static string Words(Exception? exception)
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
