using System.Text.Json;
using MemoryWall.Targets.Http;

namespace MemoryWall.Targets.OpenAi;

/// <summary>
/// What a choice of a chunk contains: generated text, reasoning, both or neither. Content is a string or a list of parts, and servers name
/// reasoning <c>reasoning_content</c> (llama.cpp, vLLM), <c>reasoning</c> (vLLM, OpenRouter) or a part of type <c>thinking</c> (Mistral). A
/// role without content, an empty text and null are neither.
/// </summary>
internal readonly record struct DeltaContent(bool HasText, bool HasReasoning)
{
    // Far more parts than a chunk has.
    private const int MaxParts = 64;

    /// <summary>Reads a choice with its delta; a server that does not stream has a message instead.</summary>
    public static DeltaContent Read(JsonElement? choice)
    {
        var delta = choice.Member("delta") ?? choice.Member("message");
        var (inText, inReasoning) = ReadContent(delta.Member("content"));
        return new(choice.HasText("text") || delta.HasText("content") || delta.HasText("refusal") || inText,
            delta.HasText("reasoning_content") || delta.HasText("reasoning") || inReasoning);
    }

    /// <summary>The generated text of a choice, without reasoning; null for none.</summary>
    public static string? ReadText(JsonElement? choice)
    {
        var delta = choice.Member("delta") ?? choice.Member("message");
        if ((choice.Text("text") ?? delta.Text("content")) is { } text)
            return text;
        if (delta.Member("content") is not { ValueKind: JsonValueKind.Array } parts)
            return null;
        return string.Concat(parts.EnumerateArray().Take(MaxParts)
            .Where(part => !IsReasoning(part))
            .Select(part => part.SafeString() ?? ((JsonElement?)part).Text("text")));
    }

    private static (bool HasText, bool HasReasoning) ReadContent(JsonElement? content)
    {
        if (content is not { ValueKind: JsonValueKind.Array } parts)
            return (false, false);
        var (hasText, hasReasoning) = (false, false);
        foreach (var part in parts.EnumerateArray().Take(MaxParts))
        {
            var isReasoning = IsReasoning(part);
            var hasAny = part.SafeString() is { Length: > 0 } || HasAnyText(part, "text") || HasAnyText(part, "thinking")
                || HasAnyText(part, "reasoning") || HasAnyText(part, "refusal");
            hasReasoning |= hasAny && isReasoning;
            hasText |= hasAny && !isReasoning;
        }
        return (hasText, hasReasoning);
    }

    private static bool IsReasoning(JsonElement? part) => part.Text("type") is "thinking" or "reasoning" or "reasoning_text";

    // The text of a part, or a list of parts with texts in its place.
    private static bool HasAnyText(JsonElement part, string name) => part.Member(name) switch
    {
        { ValueKind: JsonValueKind.Array } inner => inner.EnumerateArray().Take(MaxParts)
            .Any(one => one.SafeString() is { Length: > 0 } || ((JsonElement?)one).HasText("text")),
        { } text => text.SafeString() is { Length: > 0 },
        null => false,
    };
}
