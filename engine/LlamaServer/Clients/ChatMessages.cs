using System.Text;
using System.Text.Json;
using LLama;
using LLama.Exceptions;
using MemoryWall.LlamaServer.Inference;

namespace MemoryWall.LlamaServer.Clients;

/// <summary>Turns the messages of a chat into a prompt: by the model's own template where llama.cpp knows it, otherwise the contents, one a
/// line.</summary>
/// <param name="template">The model's template; null where the model has none.</param>
internal sealed class ChatMessages(string? template)
{
    /// <summary>The prompt; empty for no messages.</summary>
    /// <exception cref="RefusedException">The messages are not valid, or contain what this server cannot read.</exception>
    public string ToPrompt(JsonElement? messages)
    {
        var all = Read(messages);
        if (all.Count == 0)
            return "";
        return template is null ? Join(all) : Apply(template, all) ?? Join(all);
    }

    private static string Join(List<(string Role, string Content)> messages) =>
        string.Join('\n', messages.Select(message => message.Content));

    private static string? Apply(string template, List<(string Role, string Content)> messages)
    {
        try
        {
            var native = new LLamaTemplate(template) { AddAssistant = messages[^1].Role != "assistant" };
            foreach (var (role, content) in messages)
                native.Add(role, content);
            return Encoding.UTF8.GetString(native.Apply());
        }
        catch (RuntimeError)
        {
            return null;
        }
    }

    private static List<(string Role, string Content)> Read(JsonElement? messages)
    {
        if (messages is null or { ValueKind: JsonValueKind.Null })
            return [];
        if (messages is not { ValueKind: JsonValueKind.Array } array)
            throw new RefusedException(400, "messages: it is not an array of messages with role and content");
        var read = new List<(string, string)>();
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
            // A template knows the role by its older name.
            read.Add((role == "developer" ? "system" : role, Content(Member(message, "content"), $"{at}.content")));
        }
        return read;
    }

    private static string Content(JsonElement? content, string name)
    {
        if (content is not { ValueKind: JsonValueKind.Array } parts)
            return Text(content, name);
        var text = new StringBuilder();
        foreach (var part in parts.EnumerateArray())
        {
            if (part.ValueKind != JsonValueKind.Object || Text(Member(part, "type"), $"{name}.type") != "text")
                throw new RefusedException(400, $"{name}: this server reads parts of type text only");
            text.Append(Text(Member(part, "text"), $"{name}.text"));
        }
        return text.ToString();
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
