using MemoryWall.Core.Plan;

namespace MemoryWall.Analysis.Verdicts;

/// <summary>How much sooner the first token comes when the KV cache is resumed from storage instead of computed.</summary>
/// <param name="Contexts">Each context, the smallest first.</param>
/// <param name="Trials">The trials that it rests on.</param>
internal sealed record ResumeVerdict(IReadOnlyList<ResumeGain> Contexts, IReadOnlyList<int> Trials) : Verdict(VerdictTopic.Resume, Trials)
{
    /// <summary>The read speed from which resuming is faster at every context; absent where one of them has none.</summary>
    public required double? BreakEvenBytesPerSecond { get; init; }

    /// <summary>The context with this break-even; absent with it.</summary>
    public required int? BreakEvenTokens { get; init; }

    /// <summary>Whether the storage was slowed down to emulate another device.</summary>
    public required bool IsEmulated { get; init; }

    /// <summary>Whether states were read through the server's page cache, so that the speed is not that of its storage.</summary>
    public required bool IsThroughPageCache { get; init; }
}

/// <summary>How far a quicker method deviates from a reference.</summary>
/// <param name="Method">The quicker method.</param>
/// <param name="Reference">The reference.</param>
/// <param name="Contexts">Each context that both measured.</param>
/// <param name="Trials">The trials that it rests on.</param>
internal sealed record AgreementVerdict(
    SweepMethod Method, SweepMethod Reference, IReadOnlyList<MethodAgreement> Contexts, IReadOnlyList<int> Trials)
    : Verdict(VerdictTopic.Agreement, Trials);

/// <summary>The largest context that meets a latency limit.</summary>
/// <param name="Goodput">The contexts, compared with the limit.</param>
/// <param name="Trials">The trials that it rests on.</param>
internal sealed record GoodputVerdict(Goodput Goodput, IReadOnlyList<int> Trials) : Verdict(VerdictTopic.Goodput, Trials);
