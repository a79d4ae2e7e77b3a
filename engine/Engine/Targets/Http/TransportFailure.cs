using System.Net.Sockets;
using MemoryWall.Facts;

namespace MemoryWall.Targets.Http;

/// <summary>What a broken connection means.</summary>
internal static class TransportFailure
{
    /// <summary>Whether the exception is the network's and not ours.</summary>
    public static bool Is(Exception error) => error is HttpRequestException or IOException or InvalidDataException or SocketException;

    /// <summary>The outcome of this exception.</summary>
    public static Outcome Of(Exception error) => error switch
    {
        InvalidDataException => new ProtocolBroken($"the answer was cut off: {error.Message}"),
        HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError } => new TargetDied($"nothing answers there: {Words(error)}"),
        _ => new TargetDied($"the connection broke: {Words(error)}"),
    };

    private static string Words(Exception error) => error.GetBaseException().Message;
}
