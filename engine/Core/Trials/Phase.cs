namespace MemoryWall.Core.Trials;

/// <summary>What a target is doing for a trial.</summary>
public enum Phase
{
    /// <summary>The model and its context are made ready; never part of TTFT.</summary>
    Load,

    /// <summary>The request waits behind others.</summary>
    Queue,

    /// <summary>The prompt is computed, many tokens at a time.</summary>
    Prefill,

    /// <summary>The answer is computed, one token after the other.</summary>
    Generation,
}
