using System.Text.Json;
using MemoryWall.Targets.Http;

namespace MemoryWall.Targets.OpenAi;

/// <summary>Counts tokens with the <c>/tokenize</c> of vLLM or llama.cpp, which have the same path but different fields.</summary>
internal static class OpenAiTokenizer
{
    /// <summary>The number of tokens of the prompt, including those that the server adds; null where it has no such path.</summary>
    public static async Task<int?> CountAsync(HttpAccess access, OpenAiServer server, string prompt, CancellationToken cancellation)
    {
        if (server.Kind == OpenAiServerKind.Other)
            return null;
        var body = RequestBody.Write(writer =>
        {
            writer.WriteString("model", server.Model);
            writer.WriteString(server.Kind == OpenAiServerKind.Vllm ? "prompt" : "content", prompt);
            writer.WriteBoolean(server.Kind == OpenAiServerKind.Vllm ? "add_special_tokens" : "add_special", true);
        });
        var bound = (int)Math.Min(JsonCall.DefaultMaxBytes + 12L * prompt.Length, 1 << 30);
        using var answer = await JsonCall.PostAsync(access, "tokenize", body, cancellation, bound).ConfigureAwait(false);
        return answer.Root.Count("count")
            ?? (answer.Root.Member("tokens") is { ValueKind: JsonValueKind.Array } tokens ? tokens.GetArrayLength() : null);
    }
}
