namespace MemoryWall.Core.Trials;

/// <summary>What a target does for a trial.</summary>
public enum Phase
{
    /// <summary>The model is loaded and its context created; never part of TTFT.</summary>
    Load,

    /// <summary>The request waits for other requests.</summary>
    Queue,

    /// <summary>The prompt is computed, many tokens at once.</summary>
    Prefill,

    /// <summary>The response is generated, one token after the other.</summary>
    Generation,
}
