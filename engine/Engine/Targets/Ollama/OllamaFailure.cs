using System.Text.Json;
using MemoryWall.Facts;
using MemoryWall.Targets.Http;

namespace MemoryWall.Targets.Ollama;

/// <summary>What an Ollama server means by its error texts, of both generations (a server in front of llama-server, and the older in-process runner).</summary>
internal static class OllamaFailure
{
    private static readonly string[] MemoryWords =
    [
        "requires more system memory", "insufficient memory", "failed to allocate", "unable to allocate", "out of memory", "cudamalloc failed", "not enough memory",
        "could not be created: llama_kv_cache",
    ];

    private static readonly string[] DeathWords = ["unexpectedly stopped", "unexpected eof", "process has terminated", "process no longer running", "connection reset", "runner terminated"];

    private static readonly string[] ContextWords = ["exceed_context_size", "exceeds the context length", "longer than the context length"];

    /// <summary>The outcome of an answer that is not a success.</summary>
    public static Outcome OfStatus(int status, string body)
    {
        var text = TextOf(body);
        return IsAny(text, ContextWords) ? new Refused(status, text) : OfText(text) ?? new Refused(status, text.Length == 0 ? "(no words)" : text);
    }

    /// <summary>The outcome of an error line inside a stream.</summary>
    public static Outcome OfLine(string error) => OfText(error) ?? new Refused(null, error);

    private static Outcome? OfText(string text) =>
        IsAny(text, MemoryWords) ? new OutOfMemory(text)
        : IsAny(text, DeathWords) ? new TargetDied(text)
        : null;

    private static bool IsAny(string text, string[] words) => words.Any(word => text.Contains(word, StringComparison.OrdinalIgnoreCase));

    private static string TextOf(string body)
    {
        try
        {
            using var document = JsonDocument.Parse(body);
            return Json.AnyText(document.RootElement, "error") ?? body;
        }
        catch (JsonException)
        {
            return body;
        }
    }
}
