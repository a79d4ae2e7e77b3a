namespace MemoryWall.Core.Trials;

/// <summary>
/// What was intended or done for a trial that makes it another kind of trial. Reasons to doubt a trial are not among them: they are derived
/// when a run is read.
/// </summary>
[Flags]
public enum TrialFlags
{
    /// <summary>None.</summary>
    None = 0,

    /// <summary>A warm-up: run and stored, excluded from every figure.</summary>
    Warmup = 1 << 0,

    /// <summary>The prompt cache was used on purpose, or a saved KV cache was resumed.</summary>
    WarmPrefix = 1 << 1,

    /// <summary>Other streams of the plan ran at the same time.</summary>
    Concurrent = 1 << 2,

    /// <summary>The target was restarted after the previous trial.</summary>
    AfterRestart = 1 << 3,

    /// <summary>The storage tier emulated a slower device.</summary>
    Emulated = 1 << 4,

    /// <summary>The target generated with speculative decoding: drafted tokens that it then accepted or rejected. Where one trial of a run
    /// has it, the review gives it to all.</summary>
    Speculative = 1 << 5,
}
