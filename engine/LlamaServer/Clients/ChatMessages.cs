using System.Text;
using System.Text.Json;
using MemoryWall.LlamaServer.Inference;
using MemoryWall.LlamaServer.Templates;

namespace MemoryWall.LlamaServer.Clients;

/// <summary>Reads the messages of a chat, which the model's own template makes a prompt of.</summary>
/// <param name="template">The model's template.</param>
internal sealed class ChatMessages(ModelTemplate template)
{
    private static readonly string[] s_fields = ["reasoning_content", "name", "tool_call_id", "tool_calls"];

    /// <summary>The request with the prompt of a chat; without one for no messages.</summary>
    /// <param name="request">The request.</param>
    /// <param name="messages">The messages as the client sent them.</param>
    /// <param name="variables">More variables for the template.</param>
    /// <exception cref="RefusedException">The messages are not valid, are too long, or contain what this server cannot read.</exception>
    public GenerateRequest AddTo(GenerateRequest request, JsonElement? messages, IReadOnlyDictionary<string, object> variables)
    {
        var all = Read(messages);
        PromptLength.CheckMessages(all.Sum(message => (long)Encoding.UTF8.GetByteCount(message.Text)), request);
        if (all is [.., { Role: "assistant" }, { Role: "assistant" }])
            throw new RefusedException(400, FormattableString.Invariant(
                $"messages[{all.Count - 1}]: it and the one before are the assistant's, and one can be continued"));
        return all.Count == 0 ? request : request with { PromptSource = new ChatPrompt(template, all, variables) };
    }

    private static List<ChatMessage> Read(JsonElement? messages)
    {
        if (messages is null or { ValueKind: JsonValueKind.Null })
            return [];
        if (messages is not { ValueKind: JsonValueKind.Array } array)
            throw new RefusedException(400, "messages: it is not an array of messages with role and content");
        var read = new List<ChatMessage>();
        foreach (var message in array.EnumerateArray())
        {
            var at = FormattableString.Invariant($"messages[{read.Count}]");
            if (message.ValueKind != JsonValueKind.Object)
                throw new RefusedException(400, $"{at}: it is not an object with role and content");
            if (Member(message, "images") is { ValueKind: JsonValueKind.Array } images && images.GetArrayLength() > 0)
                throw new RefusedException(400, $"{at}.images: this server reads text only; leave the images out");
            var role = Text(Member(message, "role"), $"{at}.role");
            if (role.Length == 0)
                throw new RefusedException(400, $"{at}.role: the field is missing; write system, user or assistant");
            // Templates know the role by its older name.
            var parts = Contents(Member(message, "content"), $"{at}.content");
            read.Add(new ChatMessage(role == "developer" ? "system" : role, string.Join('\n', parts))
            {
                Parts = Member(message, "content") is { ValueKind: JsonValueKind.Array } ? parts : null,
                Fields = Fields(message),
            });
        }
        return read;
    }

    private static List<string> Contents(JsonElement? content, string name)
    {
        if (content is not { ValueKind: JsonValueKind.Array } parts)
            return [Text(content, name)];
        var texts = new List<string>();
        foreach (var part in parts.EnumerateArray())
        {
            if (part.ValueKind != JsonValueKind.Object || Text(Member(part, "type"), $"{name}.type") != "text")
                throw new RefusedException(400, $"{name}: this server reads parts of type text only");
            texts.Add(Text(Member(part, "text"), $"{name}.text"));
        }
        return texts;
    }

    private static List<(string, object)> Fields(JsonElement message)
    {
        var fields = new List<(string, object)>();
        foreach (var name in s_fields)
            if (Member(message, name) is { } value)
                fields.Add((name, name == "tool_calls" ? ToCalls(value) : JsonValues.From(value)));
        return fields;
    }

    // Templates write arguments as an object, which OpenAI's clients send as its text.
    private static object ToCalls(JsonElement calls)
    {
        var value = JsonValues.From(calls);
        foreach (var call in value as TemplateList ?? new TemplateList([]))
            if (call is TemplateDictionary made && made.TryGet("function", out var function) && function is TemplateDictionary called
                && called.TryGet("arguments", out var arguments) && arguments is string text && ReadObject(text) is { } read)
                called.Set("arguments", read);
        return value;
    }

    private static object? ReadObject(string text)
    {
        try
        {
            using var json = JsonDocument.Parse(text);
            return json.RootElement.ValueKind == JsonValueKind.Object ? JsonValues.From(json.RootElement) : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static JsonElement? Member(JsonElement element, string name) =>
        element.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    private static string Text(JsonElement? value, string name)
    {
        try
        {
            return value switch
            {
                null => "",
                { ValueKind: JsonValueKind.String } text => text.GetString()!,
                _ => throw new RefusedException(400, $"{name}: it is not a text"),
            };
        }
        catch (InvalidOperationException)
        {
            // JSON can escape half a surrogate pair.
            throw new RefusedException(400, $"{name}: it is not valid Unicode");
        }
    }
}

/// <summary>A chat whose prompt is made when the model is loaded.</summary>
internal sealed class ChatPrompt(ModelTemplate template, IReadOnlyList<ChatMessage> messages, IReadOnlyDictionary<string, object> variables)
    : IPromptSource
{
    public string Write(SpecialTokens tokens) => template.Write(messages, variables, tokens);
}
