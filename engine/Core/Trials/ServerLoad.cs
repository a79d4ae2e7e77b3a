namespace MemoryWall.Core.Trials;

/// <summary>
/// The load that a server reports around a trial (<c>/metrics</c>, <c>/slots</c>): its state just before the trial's requests were sent,
/// and the growth of its counters until after they ended. It covers all clients of the server and all concurrent streams. A value that
/// the server does not report is absent.
/// </summary>
public sealed record ServerLoad
{
    /// <summary>Requests of other clients in progress just before.</summary>
    public int? RunningBefore { get; init; }

    /// <summary>Requests waiting just before.</summary>
    public int? WaitingBefore { get; init; }

    /// <summary>Prompt tokens processed. Whether cached tokens count depends on the server.</summary>
    public long? PromptTokens { get; init; }

    /// <summary>Prompt tokens taken from the cache.</summary>
    public long? CachedTokens { get; init; }

    /// <summary>Tokens generated.</summary>
    public long? GeneratedTokens { get; init; }

    /// <summary>Preemptions: how often the server evicted a request to make room for another and computed its KV cache again
    /// later.</summary>
    public long? Preemptions { get; init; }

    /// <summary>Share of the KV cache in use just after, 0 to 1.</summary>
    public double? KvUsageAfter { get; init; }
}
