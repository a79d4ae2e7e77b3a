namespace MemoryWall.Targets.OpenAi;

/// <summary>What a server of the OpenAI protocol left out of an answer, and the setting of the server that would add it.</summary>
internal static class MissingCounts
{
    /// <summary>Why prompts cannot be counted by a server without usage, and what would help.</summary>
    public const string NoUsage = "its answers have no usage: name the model's file with --gguf, or make the server send usage "
        + "(stream_options.include_usage)";

    /// <summary>One sentence for each count that is missing.</summary>
    public static IEnumerable<string> Describe(OpenAiServer server, InferenceReport report)
    {
        if (!report.Outcome.IsCompleted)
            yield break;
        if (report.CountedPromptTokens is null || report.OutputTokens is null)
            yield return "the answers have no complete usage, so their tokens are not counted and there are no rates; " + server.Kind switch
            {
                OpenAiServerKind.Vllm => "start vLLM with --enable-force-include-usage",
                OpenAiServerKind.LlamaCpp =>
                    "llama-server sends it where a request has stream_options.include_usage: a proxy may drop that",
                _ => "the requests have stream_options.include_usage: update the server to a version that supports it, or let the proxy "
                    + "before it pass it on",
            };
        else if (report.CachedPromptTokens is null)
            yield return "the answers do not count cached prompt tokens" + (server switch
            {
                { Kind: OpenAiServerKind.Vllm } => "; --enable-prompt-tokens-details makes vLLM report them",
                _ when server.Details.GetValueOrDefault("owned_by") == "sglang" => "; --enable-cache-report makes SGLang report them",
                _ => " (usage.prompt_tokens_details.cached_tokens): a cache hit is only suspected",
            });
    }
}
