namespace MemoryWall.Analysis.Verdicts;

/// <summary>What a verdict is about.</summary>
public enum VerdictTopic
{
    /// <summary>How many of the trials completed.</summary>
    Completion,

    /// <summary>Which phase takes most of the time at each context.</summary>
    Dominance,

    /// <summary>The context at which both phases take as long.</summary>
    Crossover,

    /// <summary>How a rate changes from the smallest to the largest context.</summary>
    Rates,

    /// <summary>Whether the steps before prefill take a large part of TTFT.</summary>
    Orchestration,

    /// <summary>The largest context that meets a latency limit.</summary>
    Goodput,

    /// <summary>Whether the first measured trials were still warming up.</summary>
    WarmUp,

    /// <summary>Whether rates changed over the run independently of the context.</summary>
    Drift,

    /// <summary>Whether the order of the trials affects their rates, or makes that impossible to know.</summary>
    OrderEffect,

    /// <summary>Repetitions that are outliers, or that form two groups.</summary>
    Spread,

    /// <summary>Pauses between tokens.</summary>
    Stall,

    /// <summary>How far a quicker method deviates from computed trials.</summary>
    Agreement,

    /// <summary>How much sooner the first token comes when a KV cache is resumed from storage instead of computed.</summary>
    Resume,

    /// <summary>Where memory runs out, and what happens there.</summary>
    Wall,

    /// <summary>Where and why trials failed.</summary>
    Failure,

    /// <summary>Which trials need caution, and why.</summary>
    Doubt,

    /// <summary>How far a system of a comparison reaches.</summary>
    Reach,

    /// <summary>How much faster or slower one system is than another.</summary>
    Gain,

    /// <summary>Whether storage was fast enough for the device that it emulates.</summary>
    Emulation,
}
