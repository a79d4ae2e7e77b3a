using System.Net.Sockets;
using System.Security.Authentication;
using System.Text.Json;
using MemoryWall.Core.Trials;

namespace MemoryWall.Targets.Http;

/// <summary>What an exception of the network means for the target.</summary>
internal static class FailureClassifier
{
    /// <summary>Whether the network or the server caused it, and not a bug of ours.</summary>
    public static bool IsExternal(Exception exception) =>
        exception is HttpRequestException or IOException or SocketException or OperationCanceledException or ObjectDisposedException
            or JsonException or AuthenticationException;

    /// <summary>The outcome where no answer was seen.</summary>
    public static Outcome Classify(Exception? exception, HttpAccess access)
    {
        var where = access.Endpoint.GetLeftPart(UriPartial.Authority);
        return exception switch
        {
            HttpRequestException { HttpRequestError: HttpRequestError.InvalidResponse or HttpRequestError.ConfigurationLimitExceeded } =>
                new ProtocolViolation(access.Sanitize($"{where} does not answer in HTTP: {InnermostMessage(exception)}")),
            HttpRequestException { HttpRequestError: HttpRequestError.SecureConnectionError } or AuthenticationException =>
                new Refused(null, access.Sanitize($"no TLS connection to {where}: {InnermostMessage(exception)}")),
            HttpRequestException { HttpRequestError: HttpRequestError.ProxyTunnelError } =>
                new Refused(null,
                    access.Sanitize($"no way to {where} through the proxy of this environment: {InnermostMessage(exception)}")),
            HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError } =>
                new TargetDied(access.Sanitize($"no server answers at {where}: {InnermostMessage(exception)}")),
            HttpRequestException or IOException or SocketException or ObjectDisposedException =>
                new TargetDied(access.Sanitize($"the connection to {where} broke: {InnermostMessage(exception)}")),
            _ => new ProtocolViolation(access.Sanitize($"the answer could not be read: {InnermostMessage(exception)}")),
        };
    }

    /// <summary>The innermost message: the socket's own words where there are some.</summary>
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
