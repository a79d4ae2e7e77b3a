namespace MemoryWall.Core.Plan;

/// <summary>How a context is reached. Figures of different methods are compared, never summed up together.</summary>
public enum SweepMethod
{
    /// <summary>Each trial loads at its context and computes its whole prompt: the referee.</summary>
    Cold,

    /// <summary>
    /// One prompt grows through all contexts; at each one generation is probed and rolled back. Prefill time is the sum from the first
    /// token on, the window is the one of the largest context, and there is no load or TTFT at a context.
    /// </summary>
    [System.Text.Json.Serialization.JsonStringEnumMemberName("depth")]
    IncrementalDepth,

    /// <summary>
    /// Depth is taken without being computed; then one real batch of prefill and generation. Prefill is of that batch alone: a rate at this
    /// depth, not of the whole prompt.
    /// </summary>
    [System.Text.Json.Serialization.JsonStringEnumMemberName("sampled")]
    SyntheticDepth,

    /// <summary>For plans: a depth pass with cold trials at some contexts as its referees, or cold trials where the target cannot run a
    /// pass.</summary>
    Auto,

    /// <summary>
    /// For trials: the KV cache of the computed trial before, which was saved to storage, is taken up from there, so TTFT is that of
    /// resuming. For plans: each context is computed and saved (cold), then resumed.
    /// </summary>
    Resume,
}

/// <summary>The names of methods for people.</summary>
internal static class SweepMethodNames
{
    /// <summary>The label that figures of this method carry in tables and sentences: <c>cold</c>, <c>depth pass</c>, <c>sampled</c>,
    /// <c>resumed</c>.</summary>
    public static string Label(this SweepMethod method) => method switch
    {
        SweepMethod.IncrementalDepth => "depth pass",
        SweepMethod.SyntheticDepth => "sampled",
        SweepMethod.Auto => "auto",
        SweepMethod.Resume => "resumed",
        _ => "cold",
    };
}
