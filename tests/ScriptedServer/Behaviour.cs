namespace MemoryWall.ScriptedServer;

/// <summary>How a generation ends.</summary>
public enum Ending
{
    /// <summary>Normally, with its final frame.</summary>
    Proper,

    /// <summary>Normally, but without the final frame.</summary>
    NoFinalFrame,

    /// <summary>With an error in the stream.</summary>
    Error,

    /// <summary>By a TCP reset.</summary>
    Reset,

    /// <summary>By closing the connection in the middle.</summary>
    Close,

    /// <summary>Never: the server sends nothing more.</summary>
    Hang,

    /// <summary>Never: the server sends more and more chunks.</summary>
    Endless,

    /// <summary>With a line that is not JSON.</summary>
    Garbage,

    /// <summary>With a line that is longer than any limit.</summary>
    GiantLine,

    /// <summary>As Ollama ends when a model repeats one token: done is false and there are no counts.</summary>
    RepeatGuard,
}

/// <summary>What happens when a window no longer fits fast memory.</summary>
public enum MemoryEnding
{
    /// <summary>Part of the model moves to slower memory, the server reports it, and each step takes 1.5 times as long.</summary>
    Spills,

    /// <summary>Each step takes ten times as long, and the server does not report it.</summary>
    Slows,

    /// <summary>The load is refused in the words of a real server.</summary>
    Refuses,
}

/// <summary>Forms in which real servers send their streams.</summary>
[Flags]
public enum StreamForms
{
    /// <summary>The usual form.</summary>
    None = 0,

    /// <summary>A comment before the first token and after each one (<c>: ping</c>, <c>: keepalive 1/8</c>), where the protocol has
    /// events.</summary>
    Comments = 1 << 0,

    /// <summary>Events that only keep the connection open.</summary>
    PingEvents = 1 << 1,

    /// <summary>A role without content before the first token: content null, then empty.</summary>
    Role = 1 << 2,

    /// <summary>Content as a list of parts.</summary>
    Parts = 1 << 3,

    /// <summary>Reasoning in the field <c>reasoning</c>.</summary>
    ReasoningField = 1 << 4,

    /// <summary>Reasoning as a part of type <c>thinking</c>.</summary>
    ReasoningPart = 1 << 5,

    /// <summary>Usage in every chunk, with the counts so far.</summary>
    UsageInEveryChunk = 1 << 6,

    /// <summary>Usage of null in every chunk but the last.</summary>
    NullUsage = 1 << 7,

    /// <summary>Usage of 0 in every chunk but the last.</summary>
    ZeroUsage = 1 << 8,

    /// <summary>A finish reason of the text "null" in every chunk but the last.</summary>
    NullReason = 1 << 9,

    /// <summary>Errors as an event named error, whose data is the error itself.</summary>
    ErrorEvent = 1 << 10,

    /// <summary>Errors as an object of type error.</summary>
    ErrorObject = 1 << 11,

    /// <summary>llama.cpp's timings in every chunk, with the values so far.</summary>
    TimingsInEveryChunk = 1 << 12,
}

/// <summary>The behaviour of a scripted server, correct or wrong, for all protocols.</summary>
public sealed record Behaviour
{
    /// <summary>The name of its model.</summary>
    public string Model { get; init; } = "tiny";

    /// <summary>The largest window that it loads, in tokens.</summary>
    public int Window { get; init; } = 8192;

    /// <summary>The trained context that its model reports.</summary>
    public int TrainedContext { get; init; } = 8192;

    /// <summary>The largest window that fits its fast memory, and what happens beyond it; null where every window fits.</summary>
    public (int WindowTokens, MemoryEnding Ending)? Memory { get; init; }

    /// <summary>Time from the request to the first token.</summary>
    public TimeSpan Prefill { get; init; }

    /// <summary>Time from one token to the next.</summary>
    public TimeSpan Step { get; init; }

    /// <summary>Tokens that it generates; null for as many as requested.</summary>
    public int? Tokens { get; init; }

    /// <summary>Tokens in one chunk.</summary>
    public int TokensPerChunk { get; init; } = 1;

    /// <summary>The text of each token.</summary>
    public string Text { get; init; } = " word";

    /// <summary>The texts of the first tokens; <see cref="Text"/> follows.</summary>
    public IReadOnlyList<string> Pieces { get; init; } = [];

    /// <summary>Reasoning chunks before the first content.</summary>
    public int ReasoningChunks { get; init; }

    /// <summary>Prompt tokens that it reports; null for the correct count.</summary>
    public int? CountedPrompt { get; init; }

    /// <summary>Cached prompt tokens that it reports, where its protocol has them.</summary>
    public int CachedPrompt { get; init; }

    /// <summary>Output tokens that it reports; null for the correct count.</summary>
    public int? CountedOutput { get; init; }

    /// <summary>Prefill duration that it reports; null for the correct duration.</summary>
    public TimeSpan? ReportedPrefill { get; init; }

    /// <summary>Generation duration that it reports; null for the correct duration.</summary>
    public TimeSpan? ReportedGeneration { get; init; }

    /// <summary>Load duration that it reports in the timed request.</summary>
    public TimeSpan ReportedLoad { get; init; } = TimeSpan.FromMilliseconds(2);

    /// <summary>Whether the final frame has no counts and no durations.</summary>
    public bool OmitCounts { get; init; }

    /// <summary>The stop reason that it reports; null for the token limit.</summary>
    public string? StopReason { get; init; }

    /// <summary>How the generation ends.</summary>
    public Ending Ending { get; init; }

    /// <summary>Chunks before an abnormal end.</summary>
    public int EndAfter { get; init; } = 2;

    /// <summary>The message of an error in the stream.</summary>
    public string ErrorText { get; init; } = "an error was encountered while running the model: unexpected EOF";

    /// <summary>A refusal instead of a generation: status and body.</summary>
    public (int Status, string Body)? Refusal { get; init; }

    /// <summary>A refusal of the load, where the protocol has a load request: status and body.</summary>
    public (int Status, string Body)? LoadRefusal { get; init; }

    /// <summary>How long a load takes.</summary>
    public TimeSpan Load { get; init; }

    /// <summary>Bytes per write; 0 for whole lines.</summary>
    public int TearEvery { get; init; }

    /// <summary>Prefill reports in the stream where the protocol has them.</summary>
    public int ProgressFrames { get; init; }

    /// <summary>Request fields that it refuses with status 400.</summary>
    public IReadOnlyList<string> Strict { get; init; } = [];

    /// <summary>Whether it sends the whole answer at the end, in one piece, as a buffering proxy does.</summary>
    public bool HeldBack { get; init; }

    /// <summary>Chunks that a proxy collects before it passes them on; 1 for none.</summary>
    public int ChunksPerWrite { get; init; } = 1;

    /// <summary>The form of its stream.</summary>
    public StreamForms Forms { get; init; }

    /// <summary>Tokens that it drafts for the answer, and how many of them it accepts; null without speculation.</summary>
    public (int Drafted, int Accepted)? Draft { get; init; }

    /// <summary>Whether it has only the chat path.</summary>
    public bool ChatOnly { get; init; }

    /// <summary>The text of a token, from 0.</summary>
    internal string TextOf(int token) => token < Pieces.Count ? Pieces[token] : Text;

    /// <summary>Time to the last token after the first.</summary>
    internal TimeSpan Generation(int tokens) => ReportedGeneration ?? Step * Math.Max(0, tokens - 1);

    /// <summary>Prompt tokens of a text: its words and one for the BOS token.</summary>
    internal static int Words(string text) => text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Length + 1;
}
