using System.Text.Json;
using MemoryWall.Core.Trials;

namespace MemoryWall.Targets.Http;

/// <summary>What the lines of one stream reported, in any protocol. What the target does not report is null.</summary>
internal sealed class StreamResult
{
    private const int MaxExcerptLength = 200;
    private const int MaxSearchedBytes = 64 << 10;

    /// <summary>Whether the protocol's final frame arrived.</summary>
    public bool HasFinalFrame { get; set; }

    /// <summary>An invalid line, or an error that the target reported; null while there is neither.</summary>
    public Outcome? Failure { get; set; }

    /// <summary>The message for a stream without its final frame.</summary>
    public string IncompleteMessage { get; set; } = "the stream ended without its final frame";

    public int? PromptTokens { get; set; }

    public int? CachedTokens { get; set; }

    public int? SkippedPromptTokens { get; set; }

    public TierUse? Tier { get; set; }

    public ConversationUse? Conversation { get; set; }

    /// <summary>The answer itself; null where the request does not need it.</summary>
    public AnswerCollector? Answer { get; init; }

    public int? OutputTokens { get; set; }

    /// <summary>Tokens that speculative decoding drafted.</summary>
    public int? DraftTokens { get; private set; }

    /// <summary>The part of <see cref="DraftTokens"/> that the model accepted.</summary>
    public int? AcceptedDraftTokens { get; private set; }

    public string? StopReason { get; set; }

    public ServerTimings Server { get; set; } = new();

    public NativeTimings Native { get; set; } = new();

    public int? WindowTokens { get; set; }

    public bool? HasDroppedTokens { get; set; }

    /// <summary>Sets the counts of speculative decoding. More accepted tokens than drafted ones are no count.</summary>
    public void SetDraft(int? drafted, int? accepted)
    {
        if (drafted is not { } all)
            return;
        DraftTokens = all;
        AcceptedDraftTokens = accepted <= all ? accepted : null;
    }

    /// <summary>
    /// Reads a line as a JSON object and passes it to <paramref name="read"/>. A line that is not a JSON object violates the protocol and
    /// ends the stream.
    /// </summary>
    /// <param name="line">The line.</param>
    /// <param name="access">The target that sent it.</param>
    /// <param name="state">The argument of <paramref name="read"/>, so that it needs no closure: there is one call for each token.</param>
    /// <param name="read">Reads the object.</param>
    /// <returns>Whether to read on.</returns>
    public bool ParseLine<TState>(ReadOnlyMemory<byte> line, HttpAccess access, TState state, Action<TState, JsonElement> read)
    {
        try
        {
            using var json = JsonDocument.Parse(line);
            if (json.RootElement.ValueKind != JsonValueKind.Object)
                return FailLine("a line is not a JSON object", line, access);
            if (json.RootElement.Member("error") is { } error)
            {
                Failure = ServerErrorClassifier.ClassifyStreamError(error, access);
                return false;
            }
            // vLLM's older form: the error is the object itself.
            if (IsError(json.RootElement))
            {
                Failure = ServerErrorClassifier.ClassifyStreamError(json.RootElement, access);
                return false;
            }
            read(state, json.RootElement);
            return Failure is null;
        }
        catch (JsonException)
        {
            return FailLine("a line is not JSON", line, access);
        }
    }

    /// <summary>Records a line that violates the protocol. Returns false, which ends the stream.</summary>
    public bool FailLine(string problem, ReadOnlyMemory<byte> line, HttpAccess access)
    {
        Failure = new ProtocolViolation($"{problem}: {Excerpt(line, access)}");
        return false;
    }

    private static bool IsError(JsonElement? root) =>
        root.Text("object") == "error" || (root.Text("type") == "error" && root.Text("message") is not null);

    // Searches far more than it keeps for the key: a cut before that could leave a part of the key.
    private static string Excerpt(ReadOnlyMemory<byte> line, HttpAccess access) =>
        access.Sanitize(System.Text.Encoding.UTF8.GetString(line.Span[..Math.Min(line.Length, MaxSearchedBytes)]), MaxExcerptLength);
}
