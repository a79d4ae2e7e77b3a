namespace MemoryWall.Targets;

/// <summary>Where a foreign target answers, and the model there: <c>ollama://HOST[:PORT]/MODEL</c>.</summary>
/// <param name="Endpoint">Its address.</param>
/// <param name="Model">The model's name; may hold slashes and colons.</param>
public sealed record TargetAddress(Uri Endpoint, string Model)
{
    private const int OllamaPort = 11_434;

    /// <summary>Reads an address.</summary>
    /// <exception cref="FormatException">The text is none; the message names the part that is wrong.</exception>
    public static TargetAddress Parse(string text)
    {
        var endpoint = ParseEndpoint(text);
        var model = Uri.UnescapeDataString(new Uri(text).AbsolutePath).Trim('/');
        return model.Length > 0
            ? new TargetAddress(endpoint, model)
            : throw new FormatException($"'{text}' names no model; write ollama://{endpoint.Authority}/MODEL");
    }

    /// <summary>Reads the server's part of an address; a model behind it is passed over.</summary>
    /// <exception cref="FormatException">The text is no address; the message names the part that is wrong.</exception>
    public static Uri ParseEndpoint(string text)
    {
        if (!Uri.TryCreate(text, UriKind.Absolute, out var uri) || uri.Host.Length == 0)
            throw new FormatException($"'{text}' is no target; write embedded, embedded:PRESET, embedded:FILE.gguf or ollama://HOST:PORT/MODEL");
        if (uri.Scheme != "ollama")
            throw new FormatException($"'{uri.Scheme}' is no kind of target that this version can measure; ollama is (ollama://HOST:PORT/MODEL)");
        if (uri.UserInfo.Length > 0)
            throw new FormatException("a target's address must not hold a name or a password: it would be stored with the run");
        if (!uri.IsLoopback)
            throw new FormatException($"'{uri.Host}' is not this machine, and Ollama speaks without encryption; forward its port here (ssh -L {OllamaPort}:localhost:{OllamaPort} {uri.Host}) and name localhost");
        return new UriBuilder("http", uri.Host, uri.Port > 0 ? uri.Port : OllamaPort).Uri;
    }
}
