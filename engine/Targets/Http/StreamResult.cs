using System.Text.Json;
using MemoryWall.Core.Trials;

namespace MemoryWall.Targets.Http;

/// <summary>What the lines of one stream told, whatever the protocol.</summary>
internal sealed class StreamResult
{
    private const int MaxExcerptLength = 200;
    private const int MaxSearchedBytes = 64 << 10;

    /// <summary>Whether the protocol's last frame came.</summary>
    public bool HasFinalFrame { get; set; }

    /// <summary>What was wrong with a line, or what the target said went wrong; null while nothing is.</summary>
    public Outcome? Failure { get; set; }

    /// <summary>What to say where the last frame did not come.</summary>
    public string IncompleteMessage { get; set; } = "the stream ended without its final frame";

    public int? PromptTokens { get; set; }

    public int? CachedTokens { get; set; }

    public int? SkippedPromptTokens { get; set; }

    public TierUse? Tier { get; set; }

    public int? OutputTokens { get; set; }

    public string? StopReason { get; set; }

    public ServerTimings Server { get; set; } = new();

    public NativeTimings Native { get; set; } = new();

    public TrialFlags Flags { get; set; }

    /// <summary>
    /// Reads a line as an object and hands it to <paramref name="read"/>. What is no JSON object, or cannot be read as one, is a broken
    /// protocol and ends the stream.
    /// </summary>
    /// <param name="line">The line.</param>
    /// <param name="access">Whose it is.</param>
    /// <param name="state">What <paramref name="read"/> needs, so that it holds nothing: there is one call for each token.</param>
    /// <param name="read">Reads the object.</param>
    /// <returns>Whether the stream goes on.</returns>
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
            read(state, json.RootElement);
            return Failure is null;
        }
        catch (JsonException)
        {
            return FailLine("a line is not JSON", line, access);
        }
    }

    /// <summary>Ends the stream for a line that breaks the protocol. Always false: the stream does not go on.</summary>
    public bool FailLine(string problem, ReadOnlyMemory<byte> line, HttpAccess access)
    {
        Failure = new ProtocolViolation($"{problem}: {Excerpt(line, access)}");
        return false;
    }

    // Far more than is kept is searched for the key: cut first, a part of it would stay.
    private static string Excerpt(ReadOnlyMemory<byte> line, HttpAccess access) =>
        access.Sanitize(System.Text.Encoding.UTF8.GetString(line.Span[..Math.Min(line.Length, MaxSearchedBytes)]), MaxExcerptLength);
}
