namespace MemoryWall.Analysis.Rules;

/// <summary>The thresholds by which the contexts of a run are compared with each other.</summary>
internal sealed record SummaryRules
{
    /// <summary>Share of the time of prefill and generation above which a phase dominates. Default 0.55: between 0.45 and 0.55 both take
    /// about half, and repetitions on a quiet machine differ by a few hundredths.</summary>
    public double DominantShare { get; init; } = 0.55;

    /// <summary>Share of a context's trials that must meet a latency limit. Default 0.9: the SLO attainment of Zhong et al., "DistServe"
    /// (OSDI 2024).</summary>
    public double MinGoodputShare { get; init; } = 0.9;

    /// <summary>Share of TTFT above which the steps before prefill (tokenization and orchestration) are worth a finding. Default 0.1.
    /// </summary>
    public double MaxOrchestrationShare { get; init; } = 0.1;

    /// <summary>Time of these steps below which they are none. Default 5 ms: an arrival is late by a few milliseconds where the client
    /// wakes up late on a busy machine.</summary>
    public TimeSpan MinOrchestration { get; init; } = TimeSpan.FromMilliseconds(5);

    /// <summary>Undoubted trials that must all show it. Default 3: at one context, or over several.</summary>
    public int MinOrchestrationTrials { get; init; } = 3;

    /// <summary>The factor by which generation must slow down beyond a wall to call it slower. Default 1.1: repetitions in memory differ by
    /// up to a tenth.</summary>
    public double MinSlowdown { get; init; } = 1.1;
}
