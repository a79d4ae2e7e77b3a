using System.Text.Json.Nodes;

namespace MemoryWall.LlamaServer.Tests.Templates;

/// <summary>Conversations with the letters and marks that templates treat in a way of their own.</summary>
internal static class RandomChats
{
    // Of white space only line breaks are at an end: the other interpreter strips all white space where a template names the line break.
    private static readonly string[] s_pieces =
    [
        "Hello", "a  b", "\n", "\n\n", "c \t d", "<think>", "</think>", "/no_think", "/think", "Grüße", "日本語", "😀", "'", "\"", "\\",
        "{{ x }}", "{% if %}", "<|im_end|>", "<r>", "</r>", "a<b>&c", "0", "e\u00a0f", "",
    ];

    /// <summary>The variables of a template.</summary>
    public static JsonObject Create(Random random)
    {
        var messages = new JsonArray();
        if (random.Next(2) == 0)
            messages.Add(Message("system", random));
        var turns = random.Next(1, 6);
        for (var i = 0; i < turns; i++)
            messages.Add(Message(i % 2 == 0 ? "user" : "assistant", random));
        var variables = new JsonObject
        {
            ["messages"] = messages,
            ["bos_token"] = "<s>",
            ["eos_token"] = "</s>",
            ["add_generation_prompt"] = random.Next(3) > 0,
        };
        if (random.Next(3) == 0)
            variables["enable_thinking"] = random.Next(2) == 0;
        return variables;
    }

    private static JsonObject Message(string role, Random random)
    {
        var message = new JsonObject
        {
            ["role"] = role,
            // The other interpreter takes an empty text for false.
            ["content"] = (role == "system" ? "S" : "") + string.Concat(
                Enumerable.Range(0, random.Next(0, 7)).Select(_ => s_pieces[random.Next(s_pieces.Length)])),
        };
        if (role == "assistant" && random.Next(4) == 0)
            message["reasoning_content"] = "because";
        return message;
    }
}
