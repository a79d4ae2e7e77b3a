using System.Text.Json;
using MemoryWall.Facts;

namespace MemoryWall.Targets.Http;

/// <summary>What the lines of one stream told, whatever the protocol.</summary>
internal sealed class StreamFacts
{
    private const int Kept = 200;
    private const int Searched = 64 << 10;

    /// <summary>Whether the protocol's last frame came.</summary>
    public bool Final { get; set; }

    /// <summary>What was wrong with a line, or what the target said went wrong; null while nothing is.</summary>
    public Outcome? Failure { get; set; }

    /// <summary>What to say where the last frame did not come.</summary>
    public string Missing { get; set; } = "the stream ended without its final frame";

    public int? PromptTokens { get; set; }

    public int? CachedTokens { get; set; }

    public int? JumpedTokens { get; set; }

    public TierUse? Tier { get; set; }

    public int? OutputTokens { get; set; }

    public string? StopReason { get; set; }

    public ServerTimings Server { get; set; } = new();

    public NativeTimings Native { get; set; } = new();

    public TrialFlags Flags { get; set; }

    /// <summary>
    /// Reads a line as an object and hands it to <paramref name="take"/>. What is no JSON object, or cannot be read as one, is a broken
    /// protocol and ends the stream.
    /// </summary>
    /// <param name="line">The line.</param>
    /// <param name="access">Whose it is.</param>
    /// <param name="state">What <paramref name="take"/> needs, so that it holds nothing: there is one call for each token.</param>
    /// <param name="take">Reads the object.</param>
    /// <returns>Whether the stream goes on.</returns>
    public bool Read<TState>(ReadOnlyMemory<byte> line, HttpAccess access, TState state, Action<TState, JsonElement> take)
    {
        try
        {
            using var json = JsonDocument.Parse(line);
            if (json.RootElement.ValueKind != JsonValueKind.Object)
                return Broken($"a line is no JSON object: {Excerpt(line, access)}");
            if (json.RootElement.Member("error") is { } error)
            {
                Failure = ServerWords.OfLine(error, access);
                return false;
            }
            take(state, json.RootElement);
            return Failure is null;
        }
        catch (JsonException)
        {
            return Broken($"a line is no JSON: {Excerpt(line, access)}");
        }
    }

    // Far more than is kept is searched for the key: cut first, a part of it would stay.
    private static string Excerpt(ReadOnlyMemory<byte> line, HttpAccess access) =>
        access.Clean(System.Text.Encoding.UTF8.GetString(line.Span[..Math.Min(line.Length, Searched)]), Kept);

    private bool Broken(string reason)
    {
        Failure = new ProtocolViolation(reason);
        return false;
    }
}
