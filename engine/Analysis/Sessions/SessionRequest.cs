using MemoryWall.Analysis.Review;
using MemoryWall.Core.Trials;

namespace MemoryWall.Analysis.Sessions;

/// <summary>A turn of a conversation, as its user saw it.</summary>
/// <param name="View">The trial.</param>
/// <param name="Waited">How long the user waited before the request could be sent, because an answer was still on its way; 0 for turns
/// that the run itself sends in order.</param>
internal sealed record SessionRequest(TrialView View, TimeSpan Waited)
{
    /// <summary>The trial as stored.</summary>
    public Trial Trial => View.Trial;

    /// <summary>Its place.</summary>
    public SessionTurn Turn => View.Trial.Session!;

    /// <summary>The same turn of the same user, to pair systems.</summary>
    public (int User, int Turn) Place => (Turn.User, Turn.Turn);

    /// <summary>Seconds to the first token; absent where the request failed, or its text did not come token by token.</summary>
    public double? Ttft => View.Trial.Outcome.IsCompleted && !View.Has<Buffered>() && View.Ttft is { Ticks: > 0 } first
        ? (first + Waited).TotalSeconds
        : null;

    /// <summary>Reused tokens among those that were known; absent where the target does not report them.</summary>
    public int? Reused => View.Trial is { Outcome.IsCompleted: true, CachedPromptTokens: >= 0 and var cached }
        ? Math.Min(cached, Turn.KnownTokens)
        : null;

    /// <summary>Whether the user comes back: an earlier request had a part of its prompt.</summary>
    public bool IsReturning => Turn is { Turn: > 1, KnownTokens: > 0 };

    /// <summary>Whether other work on the machine disturbed it.</summary>
    public bool HasInterference => View.Has<Interference>();
}
