namespace MemoryWall.ScriptedServer;

/// <summary>How a generation ends.</summary>
public enum Ending
{
    /// <summary>With its final frame, in order.</summary>
    Proper,

    /// <summary>In order, but without the final frame.</summary>
    NoFinalFrame,

    /// <summary>With an error in the stream.</summary>
    Error,

    /// <summary>By a TCP reset.</summary>
    Reset,

    /// <summary>By closing the connection in the middle.</summary>
    Close,

    /// <summary>Not at all: silence.</summary>
    Hang,

    /// <summary>Not at all: more and more chunks.</summary>
    Endless,

    /// <summary>With a line of noise.</summary>
    Garbage,

    /// <summary>With a line longer than any.</summary>
    GiantLine,

    /// <summary>The way Ollama ends where a model repeats one token: done is false, and there are no counts.</summary>
    RepeatGuard,
}

/// <summary>What happens to a model whose window no longer fits fast memory.</summary>
public enum MemoryEnding
{
    /// <summary>Part of it moves to slower memory, the server says so, and each step takes half as long again.</summary>
    Spills,

    /// <summary>Each step takes ten times as long, and the server says nothing.</summary>
    Slows,

    /// <summary>The load is refused in the words of a real server.</summary>
    Refuses,
}

/// <summary>What a scripted server does, true or false, whatever its protocol.</summary>
public sealed record Behaviour
{
    /// <summary>The model it has.</summary>
    public string Model { get; init; } = "tiny";

    /// <summary>The window that it has at most.</summary>
    public int Window { get; init; } = 8192;

    /// <summary>The context that its model says it was trained for.</summary>
    public int TrainedContext { get; init; } = 8192;

    /// <summary>The largest window that fits its fast memory, and what happens beyond; null where every one does.</summary>
    public (int WindowTokens, MemoryEnding Ending)? Memory { get; init; }

    /// <summary>From the request to the first token.</summary>
    public TimeSpan Prefill { get; init; }

    /// <summary>From one token to the next.</summary>
    public TimeSpan Step { get; init; }

    /// <summary>Tokens it generates; null for as many as asked for.</summary>
    public int? Tokens { get; init; }

    /// <summary>Tokens in one chunk.</summary>
    public int TokensPerChunk { get; init; } = 1;

    /// <summary>The text of each token.</summary>
    public string Text { get; init; } = " word";

    /// <summary>Reasoning chunks before the first content.</summary>
    public int ReasoningChunks { get; init; }

    /// <summary>Prompt tokens it reports; null for what it got.</summary>
    public int? CountedPrompt { get; init; }

    /// <summary>Of those, from a cache, where its protocol tells.</summary>
    public int CachedPrompt { get; init; }

    /// <summary>Tokens it says it generated; null for the truth.</summary>
    public int? CountedOutput { get; init; }

    /// <summary>Prefill duration it reports; null for the truth.</summary>
    public TimeSpan? ReportedPrefill { get; init; }

    /// <summary>Generation duration it reports; null for the truth.</summary>
    public TimeSpan? ReportedGeneration { get; init; }

    /// <summary>Load duration it reports inside the timed request.</summary>
    public TimeSpan ReportedLoad { get; init; } = TimeSpan.FromMilliseconds(2);

    /// <summary>Whether the final frame has no counts and no durations.</summary>
    public bool OmitCounts { get; init; }

    /// <summary>Why it stops, in its own word; null for the limit.</summary>
    public string? StopReason { get; init; }

    /// <summary>How it ends.</summary>
    public Ending Ending { get; init; }

    /// <summary>Chunks before an ending that is not proper.</summary>
    public int EndAfter { get; init; } = 2;

    /// <summary>The words of an error in the stream.</summary>
    public string ErrorText { get; init; } = "an error was encountered while running the model: unexpected EOF";

    /// <summary>A refusal in place of any generation: status and body.</summary>
    public (int Status, string Body)? Refusal { get; init; }

    /// <summary>A refusal of the load where the protocol has one.</summary>
    public (int Status, string Body)? LoadRefusal { get; init; }

    /// <summary>How long a load takes.</summary>
    public TimeSpan Load { get; init; }

    /// <summary>Bytes in one write; 0 for whole lines.</summary>
    public int TearEvery { get; init; }

    /// <summary>Prefill reports in the stream where the protocol has them.</summary>
    public int ProgressFrames { get; init; }

    /// <summary>Fields that it refuses with 400.</summary>
    public IReadOnlyList<string> Strict { get; init; } = [];

    /// <summary>Whether all of the answer is sent at its end, in one piece, as a proxy does that collects.</summary>
    public bool HeldBack { get; init; }

    /// <summary>Whether only the chat path is there.</summary>
    public bool ChatOnly { get; init; }

    /// <summary>Time to the last token after the first.</summary>
    internal TimeSpan Generation(int tokens) => ReportedGeneration ?? Step * Math.Max(0, tokens - 1);

    /// <summary>Prompt tokens of a text: its words and one more for the beginning.</summary>
    internal static int Words(string text) => text.Split(' ', StringSplitOptions.RemoveEmptyEntries).Length + 1;
}
