using System.Text;
using System.Text.Json;
using MemoryWall.Core.Trials;

namespace MemoryWall.Targets.Http;

/// <summary>What a server said went wrong, and what that means. Its words stay in the outcome: they are the evidence.</summary>
internal static class ServerErrorClassifier
{
    /// <summary>Longest text kept.</summary>
    public const int MaxLength = 2000;

    private const int Ok = 200;

    private static readonly string[] s_outOfMemoryPhrases =
    [
        "requires more system memory", "insufficient memory", "out of memory", "outofmemory", "out-of-memory", "not enough memory",
        "failed to allocate",
        "unable to allocate", "cannot allocate", "could not allocate", "bad_alloc", "cudamalloc failed", "insufficient system resources",
        "no available memory", "memory allocation",
    ];

    private static readonly string[] s_crashPhrases =
    [
        "process has terminated", "unexpectedly stopped", "unexpected eof", "signal: ", "connection reset", "connection refused",
        "broken pipe", "engine is dead",
        "enginedead", "core dumped", "forcibly closed",
    ];

    /// <summary>What an answer that is no success means.</summary>
    public static Outcome ClassifyStatus(int status, string? body, HttpAccess access)
    {
        var words = access.Sanitize(MessageFromBody(body));
        // Below 500 the request itself was at fault, and a server may repeat parts of the prompt: the same words prove nothing there.
        return status >= 500 ? Classify(status, words) : new Refused(status, words);
    }

    /// <summary>What an error inside a stream that began well means.</summary>
    public static Outcome ClassifyStreamError(JsonElement error, HttpAccess access) =>
        Classify(Ok, access.Sanitize(MessageFromJson(error) ?? error.GetRawText()));

    /// <inheritdoc cref="ClassifyStreamError(JsonElement, HttpAccess)"/>
    public static Outcome ClassifyStreamError(string error, HttpAccess access) =>
        Classify(Ok, access.Sanitize(error.StartsWith('{') ? MessageFromBody(error) : error));

    /// <summary>The text of an error body in any of its usual shapes; the body itself where it has none of them.</summary>
    public static string MessageFromBody(string? body)
    {
        if (string.IsNullOrWhiteSpace(body))
            return "no text";
        try
        {
            using var json = JsonDocument.Parse(body);
            return MessageFromJson(json.RootElement) is { Length: > 0 } text ? text : body;
        }
        catch (JsonException)
        {
            return body;
        }
    }

    /// <summary>The text of an error object; null where it has none.</summary>
    public static string? MessageFromJson(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.String =>
            element.SafeString() is { Length: > 0 } text && text[0] == '{' ? MessageFromBody(text) : element.SafeString(),
        JsonValueKind.Object => Field(element, "error") ?? WithNumbers(element, Field(element, "message") ?? Field(element, "detail")),
        JsonValueKind.Array => element.GetRawText(),
        _ => null,
    };

    /// <summary>A foreign string as it may be shown: bounded and without control characters, so that it cannot steer a terminal.</summary>
    public static string Sanitize(string text, int maxLength = MaxLength)
    {
        var clean = new StringBuilder(Math.Min(text.Length, maxLength) + 1);
        foreach (var rune in text.EnumerateRunes())
        {
            if (clean.Length >= maxLength)
            {
                clean.Append('…');
                break;
            }
            clean.Append(
                Rune.IsControl(rune) || rune.Value is >= 0x202A and <= 0x202E or >= 0x2066 and <= 0x2069 or 0xFEFF ? " " : rune.ToString());
        }
        return clean.ToString().Trim();
    }

    private static Outcome Classify(int status, string words) =>
        Contains(words, s_outOfMemoryPhrases) ? new OutOfMemory(words)
        : Contains(words, s_crashPhrases) ? new TargetDied(words)
        : new Refused(status, words);

    private static bool Contains(string words, string[] signs) =>
        signs.Any(sign => words.Contains(sign, StringComparison.OrdinalIgnoreCase));

    private static string? Field(JsonElement element, string name) => element.Member(name) is { } value ? MessageFromJson(value) : null;

    // llama-server names the sizes beside its message.
    private static string? WithNumbers(JsonElement error, string? message) =>
        message is not null && error.Count("n_prompt_tokens") is { } prompt && error.Count("n_ctx") is { } window
            && !(message.Contains(prompt.ToString(System.Globalization.CultureInfo.InvariantCulture), StringComparison.Ordinal))
            ? FormattableString.Invariant($"{message} (n_prompt_tokens {prompt}, n_ctx {window})")
            : message;
}
