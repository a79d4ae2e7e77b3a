namespace MemoryWall.Targets.Http;

/// <summary>How a target is reached.</summary>
internal sealed record ConnectionOptions
{
    /// <summary>The credential sent with every request; absent where the target requires none.</summary>
    public ApiKey? ApiKey { get; init; }

    /// <summary>
    /// Whether prompts and the key may be sent without TLS to another machine. Default false; this machine (loopback) needs no TLS.
    /// </summary>
    public bool AllowPlainHttp { get; init; }
}
