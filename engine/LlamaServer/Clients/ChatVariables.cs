using System.Text.Json;
using MemoryWall.LlamaServer.Inference;
using MemoryWall.LlamaServer.Templates;

namespace MemoryWall.LlamaServer.Clients;

/// <summary>Variables that a client adds to those of the model's chat template.</summary>
internal static class ChatVariables
{
    private const string Thinking = "enable_thinking";

    /// <summary>For Ollama's <c>think</c>: false where the client wants no thoughts; otherwise the template decides.</summary>
    public static IReadOnlyDictionary<string, object> FromThink(JsonElement? think) =>
        think is { ValueKind: JsonValueKind.False } ? WithoutThinking(new Dictionary<string, object>()) : new Dictionary<string, object>();

    /// <summary>For <c>chat_template_kwargs</c>.</summary>
    /// <exception cref="RefusedException">It is not an object.</exception>
    public static IReadOnlyDictionary<string, object> FromArguments(JsonElement? arguments)
    {
        if (arguments is null or { ValueKind: JsonValueKind.Null })
            return new Dictionary<string, object>();
        if (arguments is not { ValueKind: JsonValueKind.Object } given)
            throw new RefusedException(400, "chat_template_kwargs: it is not an object of variables and their values");
        var variables = new Dictionary<string, object>();
        foreach (var variable in given.EnumerateObject())
            variables[variable.Name] = JsonValues.From(variable.Value);
        return variables;
    }

    /// <summary>The variables, for an answer that has begun: there is no place for thoughts any more.</summary>
    public static Dictionary<string, object> WithoutThinking(IReadOnlyDictionary<string, object> variables) =>
        new(variables) { [Thinking] = false };
}
