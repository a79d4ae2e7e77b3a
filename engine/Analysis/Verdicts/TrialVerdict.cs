using MemoryWall.Analysis.Review;
using MemoryWall.Core.Trials;

namespace MemoryWall.Analysis.Verdicts;

/// <summary>How many of the measured trials completed.</summary>
/// <param name="Measured">Measured trials, without warm-ups.</param>
/// <param name="Completed">How many of them completed.</param>
/// <param name="Trials">The measured trials.</param>
internal sealed record CompletionVerdict(int Measured, int Completed, IReadOnlyList<int> Trials)
    : Verdict(VerdictTopic.Completion, Trials);

/// <summary>Trials of one context that failed in the same way.</summary>
/// <param name="ContextTokens">The context.</param>
/// <param name="Concurrency">Concurrent streams.</param>
/// <param name="IsWarmup">Whether they are warm-ups.</param>
/// <param name="Outcome">How the first of them ended.</param>
/// <param name="OomKills">Kills for lack of memory that the kernel counted in that trial; absent where it was not read.</param>
/// <param name="Trials">The trials that failed.</param>
internal sealed record FailureVerdict(
    int ContextTokens, int Concurrency, bool IsWarmup, Outcome Outcome, long? OomKills, IReadOnlyList<int> Trials)
    : Verdict(VerdictTopic.Failure, Trials)
{
    /// <summary>Trials of this context and kind in all.</summary>
    public required int Attempted { get; init; }

    /// <summary>What the server's words say happened.</summary>
    public ServerErrorClass ErrorClass => Outcome.ErrorClass;

    /// <summary>Whether the evidence of the first trial is that of all.</summary>
    public required bool IsSameForAll { get; init; }
}

/// <summary>Trials with a doubt of one kind.</summary>
/// <param name="Doubts">The doubt about each of them.</param>
/// <param name="Trials">The trials.</param>
internal sealed record DoubtVerdict(IReadOnlyList<Doubt> Doubts, IReadOnlyList<int> Trials) : Verdict(VerdictTopic.Doubt, Trials)
{
    /// <summary>The kind of the doubts.</summary>
    public string Doubt => Doubts[0].Kind;
}

/// <summary>Trials that are of another kind on purpose, and need caution for that.</summary>
/// <param name="Flag">Their kind.</param>
/// <param name="Trials">The trials.</param>
internal sealed record IntentVerdict(TrialFlags Flag, IReadOnlyList<int> Trials) : Verdict(VerdictTopic.Doubt, Trials)
{
    /// <summary>What became of drafts; absent for other kinds of trials.</summary>
    public DraftUse? Drafts { get; init; }
}

/// <summary>What became of the drafts of speculative decoding in some trials.</summary>
internal enum DraftUse
{
    /// <summary>The server can draft, and drafted nothing.</summary>
    NoneDrafted,

    /// <summary>It drafted tokens, and none was accepted.</summary>
    NoneAccepted,

    /// <summary>It drafted tokens, and a part of them was accepted.</summary>
    PartAccepted,

    /// <summary>It drafted tokens, and all of them were accepted.</summary>
    AllAccepted,

    /// <summary>It drafted tokens; how many were accepted is not known.</summary>
    Unknown,
}

/// <summary>Completed trials without the rate of a phase, for a reason that none of their doubts says.</summary>
/// <param name="Phase">The phase.</param>
/// <param name="Reasons">The reason of each, all of one kind.</param>
/// <param name="Trials">The trials.</param>
internal sealed record NoRateVerdict(Phase Phase, IReadOnlyList<ExclusionReason> Reasons, IReadOnlyList<int> Trials)
    : Verdict(VerdictTopic.Doubt, Trials);

/// <summary>Trials whose prompt was not computed.</summary>
/// <param name="Trials">The trials.</param>
internal sealed record SyntheticDepthVerdict(IReadOnlyList<int> Trials) : Verdict(VerdictTopic.Doubt, Trials);
