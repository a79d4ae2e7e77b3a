using System.Text.RegularExpressions;
using MemoryWall.Core.Time;

namespace MemoryWall.Targets.Http;

/// <summary>The address of a target and how to connect to it. Each request is an <see cref="Exchange"/> of its own.</summary>
internal sealed partial class HttpAccess
{
    public HttpAccess(Uri endpoint, ConnectionOptions options, RunClock clock)
    {
        if (Validate(endpoint, options) is { } problem)
            throw new ArgumentException(problem, nameof(endpoint));
        Endpoint = endpoint.AbsoluteUri.EndsWith('/') ? endpoint : new Uri(endpoint.AbsoluteUri + "/");
        Key = options.ApiKey;
        Clock = clock;
    }

    /// <summary>The base address, ending in a slash.</summary>
    public Uri Endpoint { get; }

    public ApiKey? Key { get; }

    public RunClock Clock { get; }

    public bool IsLoopback => Endpoint.IsLoopback;

    /// <summary>Whether it is known what the server speaks: it answered in HTTP, or it was tried whether it expects TLS.</summary>
    public bool IsTransportKnown { get; set; }

    /// <summary>Whether a connection was opened once, whatever was said over it.</summary>
    public bool HasConnected { get; set; }

    /// <summary>Makes a server's text safe to show and store: cuts it at a length, and removes control characters, the key, and user names
    /// in addresses (such as a proxy's).</summary>
    public string Sanitize(string text, int maxLength = ServerErrorClassifier.MaxLength) =>
        ServerErrorClassifier.Sanitize(UserInAddress().Replace(Key?.Redact(text) ?? text, "://"), maxLength);

    /// <summary>What is wrong with an address; null where nothing is.</summary>
    public static string? Validate(Uri endpoint, ConnectionOptions options) =>
        endpoint.UserInfo.Length > 0
            ? "the address contains a user name or password; give the key by environment variable or file instead"
            : endpoint.Scheme is not ("http" or "https")
                ? $"the scheme '{endpoint.Scheme}' is not http or https"
                : endpoint.Scheme == "http" && !endpoint.IsLoopback && !options.AllowPlainHttp
                    ? $"plain http to {endpoint.Host}, which is another machine, would send prompts and key unencrypted; "
                        + "use https, or --allow-plain-http"
                    : null;

    [GeneratedRegex("://[^/\\s@']*@", RegexOptions.CultureInvariant, matchTimeoutMilliseconds: 1000)]
    private static partial Regex UserInAddress();
}
