using System.Text.Json;
using MemoryWall.Core.Primitives;
using MemoryWall.Core.Trials;

namespace MemoryWall.Targets.Http;

/// <summary>Maps a server's error message to an outcome. The outcome contains the message as evidence.</summary>
internal static class ServerErrorClassifier
{
    /// <summary>The longest text that is kept, in characters.</summary>
    public const int MaxLength = 2000;

    private const int Ok = 200;
    private const int InsufficientStorage = 507;

    /// <summary>The outcome of an error response.</summary>
    public static Outcome ClassifyStatus(int status, string? body, HttpAccess access)
    {
        var message = access.Sanitize(MessageFromBody(body));
        return Classify(status, message);
    }

    /// <summary>The outcome of an error within a stream that began successfully.</summary>
    public static Outcome ClassifyStreamError(JsonElement error, HttpAccess access) =>
        Classify(Ok, access.Sanitize(MessageFromJson(error) ?? error.SafeRawText()));

    /// <inheritdoc cref="ClassifyStreamError(JsonElement, HttpAccess)"/>
    public static Outcome ClassifyStreamError(string error, HttpAccess access) =>
        Classify(Ok, access.Sanitize(error.StartsWith('{') ? MessageFromBody(error) : error));

    /// <summary>The message of an error body in any usual format; the body itself where the format is unknown.</summary>
    public static string MessageFromBody(string? body)
    {
        if (string.IsNullOrWhiteSpace(body))
            return "no message";
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

    /// <summary>The message of an error object; null where it has none.</summary>
    public static string? MessageFromJson(JsonElement element) => element.ValueKind switch
    {
        JsonValueKind.String =>
            element.SafeString() is { Length: > 0 } text && text[0] == '{' ? MessageFromBody(text) : element.SafeString(),
        JsonValueKind.Object => Field(element, "error") ?? WithNumbers(element, Field(element, "message") ?? Field(element, "detail")),
        JsonValueKind.Array => element.SafeRawText(),
        _ => null,
    };

    /// <summary>Makes a server's text safe to show: cuts it at a length and removes control characters, which could control a
    /// terminal.</summary>
    public static string Sanitize(string text, int maxLength = MaxLength) => SafeText.ToSingleLine(text, maxLength).Trim();

    private static Outcome Classify(int status, string message) => ServerErrorWords.Classify(status, message) switch
    {
        // Our storage tier refuses a plan with this status; nothing has run out yet.
        ServerErrorClass.MemoryRefused when status == InsufficientStorage => new Refused(status, message),
        ServerErrorClass.MemoryExhausted or ServerErrorClass.MemoryRefused => new OutOfMemory(message),
        ServerErrorClass.Crash => new TargetDied(message),
        _ => new Refused(status, message),
    };

    private static string? Field(JsonElement element, string name) => element.Member(name) is { } value ? MessageFromJson(value) : null;

    // llama-server reports the sizes in fields next to its message.
    private static string? WithNumbers(JsonElement error, string? message) =>
        message is not null && error.Count("n_prompt_tokens") is { } prompt && error.Count("n_ctx") is { } window
            && !(message.Contains(prompt.ToString(System.Globalization.CultureInfo.InvariantCulture), StringComparison.Ordinal))
            ? FormattableString.Invariant($"{message} (n_prompt_tokens {prompt}, n_ctx {window})")
            : message;
}
