using System.Text;
using MemoryWall.Protocol;

namespace MemoryWall.LlamaServer.Inference;

/// <summary>Refuses prompts that cannot fit the window before anything is computed of them: the tokens of a very long text take minutes and
/// gigabytes to make, only to be counted.</summary>
internal static class PromptLength
{
    // A text that may be cut is made into tokens as a whole.
    private const int MaxCutBytes = 16 << 20;

    // Vocabularies whose tokens are pieces of the text, so that none covers more of it than its own length. Others drop characters.
    private static readonly string[] s_kinds = ["gpt2", "llama", "gemma4"];

    /// <summary>Bytes of the vocabulary's longest token; null where text is not cut into pieces of it.</summary>
    /// <param name="metadata">The metadata of the GGUF file.</param>
    public static int? FindLongestToken(IReadOnlyDictionary<string, object> metadata) =>
        metadata.GetValueOrDefault("tokenizer.ggml.model") is string kind && s_kinds.Contains(kind)
            && metadata.GetValueOrDefault("tokenizer.ggml.tokens") is Array { Length: > 0 } tokens
            ? tokens.OfType<string>().Select(Encoding.UTF8.GetByteCount).DefaultIfEmpty(0).Max()
            : null;

    /// <summary>The refusal of a body whose length alone says that its prompt does not fit.</summary>
    /// <param name="mostBytes">The largest body.</param>
    public static RefusedException RefuseBody(long mostBytes) => new(400, FormattableString.Invariant(
        $"prompt: the body is longer than {mostBytes} bytes, more than any prompt of this model needs; shorten the prompt"));

    /// <summary>Checks the length of a request's prompt.</summary>
    /// <param name="body">The request.</param>
    /// <param name="windowTokens">Its context window.</param>
    /// <param name="longestTokenBytes">Bytes of the vocabulary's longest token; null where that is no bound.</param>
    /// <exception cref="RefusedException">The prompt is longer than any that fits.</exception>
    public static void Check(GenerateBody body, int windowTokens, int? longestTokenBytes)
    {
        var most = FindMostBytes(windowTokens, longestTokenBytes, body.Truncate == true);
        var bytes = Encoding.UTF8.GetByteCount(body.Prompt ?? "");
        if (bytes > most)
            throw RefuseText("prompt: it has", bytes, most, windowTokens);
        var ids = body.Extension?.PromptTokens?.Count ?? 0;
        // The window is rounded up to a multiple of 256.
        if (body.Truncate != true && ids > windowTokens + 256L)
            throw new RefusedException(400, FormattableString.Invariant(
                $"prompt_tokens: {ids} ids do not fit the context window (num_ctx {windowTokens}); shorten them, or increase num_ctx"));
    }

    /// <summary>Checks the length of a chat's messages. A template may leave some of them out, so that only those are refused here that
    /// would take long to make a prompt of.</summary>
    /// <param name="bytes">Bytes of their texts.</param>
    /// <param name="request">The request.</param>
    /// <exception cref="RefusedException">They are longer than any prompt that fits.</exception>
    public static void CheckMessages(long bytes, GenerateRequest request)
    {
        var window = request.Context.WindowTokens;
        var most = Math.Max(MaxCutBytes, FindMostBytes(window, request.LongestTokenBytes, request.Truncate));
        if (bytes > most)
            throw RefuseText("messages: their texts have", bytes, most, window);
    }

    /// <summary>Checks the length of the prompt that a chat's messages made.</summary>
    /// <param name="prompt">The prompt.</param>
    /// <param name="windowTokens">The context window.</param>
    /// <param name="request">The request.</param>
    /// <exception cref="RefusedException">It is longer than any that fits.</exception>
    public static void CheckMade(string prompt, int windowTokens, GenerateRequest request)
    {
        var most = FindMostBytes(windowTokens, request.LongestTokenBytes, request.Truncate);
        var bytes = Encoding.UTF8.GetByteCount(prompt);
        if (bytes > most)
            throw RefuseText("messages: their prompt has", bytes, most, windowTokens);
    }

    private static long FindMostBytes(int windowTokens, int? longestTokenBytes, bool truncate) =>
        truncate ? MaxCutBytes : longestTokenBytes is { } longest ? (long)windowTokens * longest : long.MaxValue;

    private static RefusedException RefuseText(string what, long bytes, long most, int windowTokens) => new(400,
        FormattableString.Invariant(
            $"{what} {bytes} bytes, more than {most}, which is the most that the context window of {windowTokens} tokens ")
        + FormattableString.Invariant($"can have room for (num_ctx {windowTokens}); shorten the prompt, or increase num_ctx"));
}
