using System.Diagnostics.CodeAnalysis;
using MemoryWall.Core.Primitives;
using MemoryWall.Targets.Http;

namespace MemoryWall.Targets.Detection;

/// <summary>The protocol of a server.</summary>
internal enum TargetProtocol
{
    /// <summary>Not known yet; the server is asked.</summary>
    Unknown,

    /// <summary>Ollama.</summary>
    Ollama,

    /// <summary>An embedded server that the user started. It has no scheme: the server is asked.</summary>
    Embedded,

    /// <summary>OpenAI-compatible server.</summary>
    OpenAi,

    /// <summary>llama-server of llama.cpp, by its native protocol.</summary>
    LlamaServer,
}

/// <summary>The address of a target: <c>ollama://host:11434/model</c>, <c>openai://host:8000/model</c>,
/// <c>llama-server://host:8080</c>, or an http(s) address.</summary>
/// <param name="Protocol">The protocol of the server.</param>
/// <param name="Endpoint">The http or https address of the server, with the path before the protocol's own paths.</param>
/// <param name="Model">The model's name; empty where the address has none. It may contain slashes and colons.</param>
internal sealed record TargetAddress(TargetProtocol Protocol, Uri Endpoint, string Model)
{
    private static readonly (string Scheme, TargetProtocol Protocol, bool? Tls, int Port)[] s_schemes =
    [
        ("ollama", TargetProtocol.Ollama, null, 11434),
        ("ollamas", TargetProtocol.Ollama, true, 443),
        ("openai", TargetProtocol.OpenAi, null, 8000),
        ("openais", TargetProtocol.OpenAi, true, 443),
        ("llama-server", TargetProtocol.LlamaServer, null, 8080),
        ("llama-servers", TargetProtocol.LlamaServer, true, 443),
        ("http", TargetProtocol.Unknown, false, 80),
        ("https", TargetProtocol.Unknown, true, 443),
    ];

    // What people copy from a client's settings together with the server's address.
    private static readonly string[] s_pathsAfterVersion = ["chat/completions", "completions", "models", "embeddings", "responses"];
    private static readonly string[] s_pathsOfOllama =
        ["api/generate", "api/chat", "api/tags", "api/show", "api/ps", "api/version", "api/embed"];

    // Gateways have short paths; each step is looked at with up to three requests.
    private const int MaxGatewaySteps = 4;
    private const string ApiVersionSegment = "/v1/";
    private const int MaxModelNameLength = 500;

    /// <summary>Whether a text has a scheme, and is therefore meant as a server's address.</summary>
    public static bool HasScheme(string text) => text.Contains("://", StringComparison.Ordinal);

    /// <summary>
    /// Reads an address. A scheme that names a protocol means plain http on this machine and TLS elsewhere, unless plain http is allowed;
    /// with an <c>s</c> at its end it always means TLS. Where the path contains <c>v1</c>, the part before it is the server's path at a
    /// gateway and the part after it is the model. Without <c>v1</c> the whole path is the model.
    /// </summary>
    /// <param name="text">The address.</param>
    /// <param name="options">Whether plain http to other machines is allowed.</param>
    /// <param name="address">The address; null where the text is not valid.</param>
    /// <param name="problem">The part that is wrong, and what would be right; null where the text is valid.</param>
    public static bool TryParse(string text, ConnectionOptions options, [NotNullWhen(true)] out TargetAddress? address,
        [NotNullWhen(false)] out string? problem)
    {
        address = null;
        var split = text.IndexOf("://", StringComparison.Ordinal);
        var known = split < 0
            ? default
            : s_schemes.FirstOrDefault(entry => text.AsSpan(0, split).Equals(entry.Scheme, StringComparison.OrdinalIgnoreCase));
        if (known.Scheme is null)
        {
            problem =
                $"target '{Redact(text)}': the scheme is not one of {string.Join(", ", s_schemes.Select(entry => entry.Scheme + "://"))}";
            return false;
        }
        var rest = text[(split + 3)..];
        var slash = rest.IndexOf('/');
        var authority = slash < 0 ? rest : rest[..slash];
        problem = ValidateAuthority(authority) is { } wrong ? $"target '{Redact(text)}': {wrong}" : null;
        if (problem is not null)
            return false;
        if (!Uri.TryCreate($"http://{authority}/", UriKind.Absolute, out var bare) || bare.Host.Length == 0)
        {
            problem = $"target '{Redact(text)}': '{authority}' is not a host or host:port";
            return false;
        }
        var tls = known.Tls ?? !(bare.IsLoopback || options.AllowPlainHttp);
        var port = HasPort(authority) ? bare.Port : known.Port;
        var endpoint = new UriBuilder(tls ? "https" : "http", bare.Host, port).Uri;
        problem = HttpAccess.Validate(endpoint, options) is { } refused ? $"target '{Redact(text)}': {refused}" : null;
        if (problem is not null)
            return false;
        if (!TryParsePath(slash < 0 ? "" : rest[(slash + 1)..], out var prefix, out var model, out var modelProblem))
        {
            problem = $"target '{Redact(text)}': {modelProblem}";
            return false;
        }
        if (known.Protocol == TargetProtocol.Ollama && model.Length == 0)
        {
            problem = $"target '{Redact(text)}': the model is missing; write {known.Scheme}://{authority}/MODEL";
            return false;
        }
        address = new(known.Protocol, prefix.Length == 0 ? endpoint : new Uri(endpoint, prefix + "/"), model);
        return true;
    }

    /// <summary>The addresses below an endpoint at which the server may be, where the whole path was read as the model: the longest path
    /// first, each with what remains as the model's name.</summary>
    public static IEnumerable<(Uri Endpoint, string Model)> ListBelow(Uri endpoint, string model)
    {
        var parts = model.Split('/');
        // A model's name can be a file's path, which starts with a slash.
        for (var taken = Math.Min(parts.Length, MaxGatewaySteps); taken > 0 && parts[0].Length > 0; taken--)
        {
            var path = string.Join('/', parts.Take(taken));
            if (DescribePrefixProblem(path) is null)
                yield return (new Uri(endpoint, endpoint.AbsolutePath + path + "/"), string.Join('/', parts.Skip(taken)));
        }
    }

    private static string? ValidateAuthority(string authority) =>
        authority.Length == 0 ? "the host is missing"
        : authority.Contains('@', StringComparison.Ordinal)
            ? "the address contains a user name or password; give the key by environment variable or file instead"
        : authority.IndexOfAny(['?', '#', ' ', '\\']) >= 0 ? "the host contains '?', '#', '\\' or a space; write HOST or HOST:PORT"
        : HasPort(authority)
            && !(int.TryParse(authority[(authority.LastIndexOf(':') + 1)..], System.Globalization.NumberStyles.None,
                System.Globalization.CultureInfo.InvariantCulture, out var port) && port is > 0 and < 65536)
            ? "the port is not a number from 1 to 65535"
            : null;

    private static bool HasPort(string authority) => authority.LastIndexOf(':') > authority.LastIndexOf(']');

    private static bool TryParsePath(string path, out string prefix, out string model, out string problem)
    {
        problem = "";
        var whole = $"/{path.TrimEnd('/')}/";
        // A model's name can be a file's path, which starts with a slash and may contain v1.
        var own = path.StartsWith('/') ? -1 : whole.IndexOf(ApiVersionSegment, StringComparison.Ordinal);
        prefix = own < 0 ? "" : whole[..own].Trim('/');
        model = own < 0 ? path.TrimEnd('/') : whole[(own + ApiVersionSegment.Length)..].TrimEnd('/');
        if (DescribePrefixProblem(prefix) is { } wrong)
            problem = wrong;
        else if (FindProtocolPath(model, own < 0 ? s_pathsOfOllama : s_pathsAfterVersion) is { } known)
            problem = $"'{known}' is a path of the protocol and no model; leave it out, or write the model in its place";
        else if (model.IndexOfAny(['?', '#']) >= 0)
            problem = "the model's name must not contain ? or #";
        else if (model.Length > MaxModelNameLength || model.Any(SafeText.IsUnsafe))
            problem = FormattableString.Invariant(
                $"the model's name must have at most {MaxModelNameLength} characters, none of them control characters");
        return problem.Length == 0;
    }

    private static string? FindProtocolPath(string model, string[] paths) =>
        Array.Find(paths, path => $"/{model}".EndsWith($"/{path}", StringComparison.Ordinal));

    private static string? DescribePrefixProblem(string prefix) =>
        prefix.IndexOfAny(['?', '#', '\\', '%']) >= 0 || prefix.Any(SafeText.IsUnsafe) || prefix.Split('/').Any(part => part is "." or "..")
            ? "the path before /v1 must not contain ?, #, \\, %, control characters, or the steps '.' and '..'"
            : null;

    // The text before an @ can contain a password.
    private static string Redact(string text) =>
        ServerErrorClassifier.Sanitize(text.LastIndexOf('@') is >= 0 and var at ? "…" + text[at..] : text, 200);
}
