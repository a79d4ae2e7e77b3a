using System.Text.Json.Serialization;

namespace MemoryWall.Core.Plan;

/// <summary>Conversations of several users that grow turn by turn: each request has all turns before it, answers included, and new
/// text.</summary>
public sealed record SessionPlan
{
    /// <summary>The numbers of users to measure, each 1 or more, in their given order; one value for a trace, whose users come from
    /// it.</summary>
    public required IReadOnlyList<int> Users { get; init; }

    /// <summary>Turns of each conversation, 1 or more.</summary>
    public required int Turns { get; init; }

    /// <summary>Prompt tokens of the first turn, the shared prefix included.</summary>
    public required int FirstTokens { get; init; }

    /// <summary>New prompt tokens of each later turn, beside the answer before it.</summary>
    public required int GrowTokens { get; init; }

    /// <summary>Tokens with which all conversations begin, such as a system prompt; 0 for none.</summary>
    public int SharedPrefixTokens { get; init; }

    /// <summary>The pause between an answer and the user's next turn.</summary>
    [JsonPropertyName("think_seconds")]
    public TimeSpan Think { get; init; }

    /// <summary>Whose turn comes next.</summary>
    public SessionOrder Order { get; init; }

    /// <summary>What the embedded server does with the KV cache of a conversation that another one replaces; absent for other
    /// targets, which have their own caches.</summary>
    public CachePolicy? Policy { get; init; }

    /// <summary>What makes the texts unique, in hexadecimal digits. Systems that are compared have the same texts, so that their answers
    /// can be compared; absent for texts of the run alone.</summary>
    public string? TextKey { get; init; }

    /// <summary>Requests of a recorded trace, in place of turns; absent for none.</summary>
    public TracePlan? Trace { get; init; }

    /// <summary>A search for the number of users at which a limit is missed, in place of the numbers of <see cref="Users"/>; absent for
    /// none.</summary>
    public UsersSearchPlan? Search { get; init; }

    /// <summary>Whether numbers are hidden in the text of the first turn, of which each turn asks for one.</summary>
    public bool HasNeedles { get; init; }

    /// <summary>Whether answers are compared with those of other systems, or with hidden numbers, so that each answer must have the most
    /// likely tokens.</summary>
    internal bool IsVerified => TextKey is not null || HasNeedles;

    /// <summary>Whether at most one request is on its way at a time.</summary>
    internal bool IsOneAtATime => Trace is null && Order != SessionOrder.Bursty && Think == TimeSpan.Zero;

    /// <summary>Prompt tokens of a turn whose earlier answers have all their tokens.</summary>
    /// <param name="turn">The turn, from 1.</param>
    /// <param name="answerTokens">Tokens of an answer.</param>
    internal long CountPromptTokens(int turn, int answerTokens) => FirstTokens + (long)(turn - 1) * (GrowTokens + answerTokens);

    /// <summary>Requests of a level.</summary>
    /// <param name="users">Its users.</param>
    internal int CountRequests(int users) => Trace is null ? users * Turns : Trace.Requests ?? 0;
}

/// <summary>Whose turn comes next in conversations of several users.</summary>
public enum SessionOrder
{
    /// <summary>The users take turns, one request at a time.</summary>
    RoundRobin,

    /// <summary>The next user is drawn from those with turns left, one request at a time.</summary>
    Random,

    /// <summary>All users send their turn at once; the server's queue is part of the time to the first token.</summary>
    Bursty,
}

/// <summary>What the embedded server does with the KV cache of a conversation when another one needs the context.</summary>
public enum CachePolicy
{
    /// <summary>It is dropped, and the conversation computes its whole prompt when it comes back.</summary>
    Recompute,

    /// <summary>It is copied to memory within the server's cap; the least recently used copy is dropped.</summary>
    Ram,

    /// <summary>It is copied to memory within the server's cap, then moved to the storage tier.</summary>
    Tier,
}

/// <summary>A recorded trace of requests in the format of Mooncake (Qin et al., FAST 2025): <c>timestamp</c>, <c>input_length</c>,
/// <c>output_length</c> and one of <c>hash_ids</c> for each block of 512 prompt tokens.</summary>
public sealed record TracePlan
{
    /// <summary>The fewest tokens of an answer: a generation rate needs two.</summary>
    internal const int MinOutputTokens = 2;

    /// <summary>The file, one JSON object a line.</summary>
    public required string Path { get; init; }

    /// <summary>SHA-256 of the file, in hexadecimal digits; a resumed run needs the same file.</summary>
    public required string Sha256 { get; init; }

    /// <summary>Requests from the start of the trace; absent for all in a plan of another program.</summary>
    public int? Requests { get; init; }

    /// <summary>The factor by which blocks and answers are shortened, above 0 and at most 1.</summary>
    public double ContextScale { get; init; } = 1;

    /// <summary>How many times faster than recorded requests arrive, above 0.</summary>
    public double Speed { get; init; } = 1;
}
