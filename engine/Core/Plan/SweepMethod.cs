using System.Text.Json.Serialization;

namespace MemoryWall.Core.Plan;

/// <summary>
/// How a trial brings the target to a context depth. Results of different methods are compared with each other, but never averaged
/// together.
/// </summary>
public enum SweepMethod
{
    /// <summary>Each trial loads the model for its context and computes the whole prompt. This is the reference method.</summary>
    Cold,

    /// <summary>
    /// One prompt grows through all contexts. At each context the target generates an answer, then removes it from the KV cache. Prefill
    /// time is the sum since the first token, the window is that of the largest context, and a single context has no load time or TTFT.
    /// </summary>
    [JsonStringEnumMemberName("depth")]
    IncrementalDepth,

    /// <summary>
    /// The KV cache is filled up to the depth without computing the prompt (skipped prefill), then one batch of prefill and the answer
    /// are computed. The prefill rate is that of this batch at this depth, not of the whole prompt.
    /// </summary>
    [JsonStringEnumMemberName("sampled")]
    SyntheticDepth,

    /// <summary>
    /// In a plan: incremental depth with cold trials at some contexts as a reference, or cold trials alone where the target does not
    /// support incremental depth. No trial has this method.
    /// </summary>
    Auto,

    /// <summary>
    /// In a plan: each context is computed cold and saved, then resumed. In a trial: the target loads the KV cache that the trial before
    /// saved to storage, so TTFT is the time to resume.
    /// </summary>
    Resume,

    /// <summary>A turn of a conversation: what the target has cached of it is used, and the rest is computed.</summary>
    Session,
}

/// <summary>The names of methods in tables and sentences.</summary>
internal static class SweepMethodNames
{
    /// <summary>For example <c>cold</c>, <c>incremental depth</c>, <c>synthetic depth</c>, <c>resumed</c>.</summary>
    public static string Label(this SweepMethod method) => method switch
    {
        SweepMethod.IncrementalDepth => "incremental depth",
        SweepMethod.SyntheticDepth => "synthetic depth",
        SweepMethod.Auto => "auto",
        SweepMethod.Resume => "resumed",
        SweepMethod.Session => "session",
        _ => "cold",
    };
}
