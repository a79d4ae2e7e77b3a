namespace MemoryWall.Analysis.Sessions;

/// <summary>A cache of blocks, as those of vLLM and LMCache: a block that several conversations share is there once, and each block comes
/// from where it is.</summary>
/// <param name="trace">The trace.</param>
/// <param name="ramTokens">Tokens that fit into RAM.</param>
/// <param name="storageTokens">Tokens that fit on storage.</param>
internal sealed class BlockCacheSimulation(ScaledTrace trace, long ramTokens, long storageTokens) : ISimulatedCache
{
    private readonly CacheHierarchy _cache = new(trace.Blocks, ramTokens / trace.BlockTokens, storageTokens / trace.BlockTokens);

    public long WrittenTokens => _cache.Written * trace.BlockTokens;

    public PromptReuse Serve(ScaledRequest request, bool wasIdle)
    {
        var hits = _cache.Serve(request.Blocks);
        // The last token is computed always, since its result begins the answer. What is beyond the reused tokens is not moved.
        var known = Math.Min(hits.Blocks * trace.BlockTokens, request.InputTokens - 1);
        var missing = hits.Blocks * trace.BlockTokens - known;
        var loaded = Math.Max(0, hits.Storage * trace.BlockTokens - (hits.IsLastFromStorage ? missing : 0));
        return new PromptReuse(known, known - loaded, loaded, hits.Ram, hits.Storage);
    }
}
