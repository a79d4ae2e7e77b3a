using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Http;

namespace MemoryWall.Dashboard.Http;

/// <summary>
/// Accepts only requests whose path begins with the token or has a ticket, and none of other web pages. A page can reach loopback by a
/// host name that resolves to it, or by a cross-origin request; the Host and Origin headers, which the browser sets, show both.
/// </summary>
internal sealed class AccessGuard(string token, PageTickets tickets)
{
    private readonly byte[] _token = Encoding.ASCII.GetBytes(token);

    public async Task InvokeAsync(HttpContext http, RequestDelegate next)
    {
        AddHeaders(http.Response.Headers);
        if (!IsLoopback(http.Request.Host.Host) || !IsOwnOrigin(http)
            || !(HasToken(http.Request.Path) || tickets.IsValid(http.Request.Path.Value ?? "")))
        {
            http.Response.StatusCode = StatusCodes.Status403Forbidden;
            return;
        }
        // A form of another page can post without an Origin header in old browsers only; the dashboard's own page always sends one.
        if (HttpMethods.IsPost(http.Request.Method) && (http.Request.Headers.Origin.Count == 0 || !http.Request.HasJsonContentType()))
        {
            http.Response.StatusCode = StatusCodes.Status403Forbidden;
            return;
        }
        await next(http).ConfigureAwait(false);
    }

    private static void AddHeaders(IHeaderDictionary headers)
    {
        headers.ContentSecurityPolicy =
            "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
            + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
        headers.XContentTypeOptions = "nosniff";
        headers.CacheControl = "no-store";
        headers["Referrer-Policy"] = "no-referrer";
        headers["Cross-Origin-Resource-Policy"] = "same-origin";
        headers["Cross-Origin-Opener-Policy"] = "same-origin";
    }

    private bool HasToken(PathString path)
    {
        var first = (path.Value ?? "").TrimStart('/').Split('/')[0];
        return CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(first), _token);
    }

    private static bool IsOwnOrigin(HttpContext http) => http.Request.Headers.Origin is not [{ } origin, ..]
        || origin == $"{http.Request.Scheme}://{http.Request.Host.ToUriComponent()}";

    private static bool IsLoopback(string host) => host is "localhost" or "127.0.0.1" or "[::1]";
}
