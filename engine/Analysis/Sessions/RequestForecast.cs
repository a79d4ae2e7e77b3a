namespace MemoryWall.Analysis.Sessions;

/// <summary>What one request of a trace is forecast to wait for, in seconds.</summary>
internal readonly record struct RequestForecast
{
    /// <summary>Waiting for the requests before it.</summary>
    public required double Queue { get; init; }

    /// <summary>Bringing the known beginning from RAM or storage; 0 where it is in the context.</summary>
    public required double Load { get; init; }

    /// <summary>Computing the rest of the prompt.</summary>
    public required double Compute { get; init; }

    /// <summary>All else before the first token.</summary>
    public required double Rest { get; init; }

    /// <summary>Prompt tokens that are not computed.</summary>
    public required int ReusedTokens { get; init; }

    /// <summary>Those of them that come from storage.</summary>
    public required int LoadedTokens { get; init; }

    /// <summary>Time to the first token, without the queue.</summary>
    public double TtftWithoutQueue => Load + Compute + Rest;

    /// <summary>Time to the first token.</summary>
    public double Ttft => Queue + TtftWithoutQueue;
}
