using MemoryWall.Analysis.Walls;
using MemoryWall.Core.Trials;

namespace MemoryWall.Analysis.Live;

/// <summary>One context of a run that may still be under way. Warm-ups and trials that the user stopped are not counted.</summary>
/// <param name="ContextTokens">The context.</param>
/// <param name="Concurrency">Concurrent streams.</param>
internal sealed record LadderRung(int ContextTokens, int Concurrency)
{
    /// <summary>Trials that completed.</summary>
    public int Completed { get; init; }

    /// <summary>Trials that failed.</summary>
    public int Failed { get; init; }

    /// <summary>Completed trials that are excluded from the medians because of their doubts.</summary>
    public int Doubtful { get; init; }

    /// <summary>The last failed trial; absent for none.</summary>
    public Trial? Failure { get; init; }

    /// <summary>The worst memory regime of its trials.</summary>
    public MemoryRegime Regime { get; init; }

    /// <summary>Median TTFT in seconds; absent where no trial has one.</summary>
    public double? TtftSeconds { get; init; }

    /// <summary>Median prefill rate in tokens per second; absent where no trial has one.</summary>
    public double? PrefillTps { get; init; }

    /// <summary>Median generation rate in tokens per second; absent where no trial has one.</summary>
    public double? GenerationTps { get; init; }

    /// <summary>Whether every trial completed, at least one without a doubt, and none showed that memory ran out or was only
    /// paged.</summary>
    public bool IsStable => Failed == 0 && Completed > Doubtful
        && Regime is not (MemoryRegime.Thrashing or MemoryRegime.OutOfMemory or MemoryRegime.Refused);
}
