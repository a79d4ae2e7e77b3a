using System.Net;
using System.Security.Cryptography;
using System.Text;
using MemoryWall.Protocol;

namespace MemoryWall.LlamaServer.Http;

/// <summary>
/// Accepts only requests with the secret of this launch, and none from web pages. A page can reach loopback by a host name that resolves
/// to it, or by a cross-origin request; the Host and Origin headers, which the browser sets, show both.
/// </summary>
/// <param name="secret">The secret; null where none is needed.</param>
/// <param name="isLoopback">Whether the server listens on loopback only. Beyond it, clients use any name of this machine, and the secret
/// keeps web pages away, because they do not know it.</param>
internal sealed class AccessGuard(string? secret, bool isLoopback = true)
{
    private readonly byte[]? _expected = secret is null ? null : Encoding.UTF8.GetBytes($"{EmbeddedProtocol.AuthorizationScheme} {secret}");

    public async Task InvokeAsync(HttpContext http, RequestDelegate next)
    {
        if ((isLoopback && !IsLoopback(http.Request.Host.Host)) || !OriginIsLoopback(http.Request.Headers.Origin))
        {
            http.Response.StatusCode = StatusCodes.Status403Forbidden;
            return;
        }
        if (_expected is not null
            && !CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(http.Request.Headers.Authorization.ToString()), _expected))
        {
            await JsonResponses.WriteErrorAsync(http, StatusCodes.Status401Unauthorized,
                "Authorization: the secret of this launch is missing or wrong").ConfigureAwait(false);
            return;
        }
        await next(http).ConfigureAwait(false);
    }

    private static bool OriginIsLoopback(string? origin) =>
        string.IsNullOrEmpty(origin) || (Uri.TryCreate(origin, UriKind.Absolute, out var uri) && IsLoopback(uri.Host));

    private static bool IsLoopback(string host) => host.Equals("localhost", StringComparison.OrdinalIgnoreCase)
        || (IPAddress.TryParse(host, out var address) && IPAddress.IsLoopback(address));
}
