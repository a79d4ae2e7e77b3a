using MemoryWall.Core;
using MemoryWall.Core.Facts;

namespace MemoryWall.Analysis.Sessions;

/// <summary>How a server uses its cache of conversations.</summary>
/// <param name="ConversationBatchTokens">The size of a batch where whole conversations are kept, as by the embedded server; null for a
/// cache of blocks, as those of vLLM and LMCache.</param>
internal sealed record CacheRules(int? ConversationBatchTokens)
{
    /// <summary>A cache of blocks and nothing beside it.</summary>
    public static CacheRules Blocks { get; } = new((int?)null);

    /// <summary>Those of the server of a run.</summary>
    public static CacheRules Of(RunManifest run) =>
        run.Target.Kind == TargetKind.Embedded ? new CacheRules(run.Plan.Options.EmbeddedBatchTokens) : Blocks;

    /// <summary>An empty cache of a trace's blocks.</summary>
    /// <param name="trace">The trace.</param>
    /// <param name="ramTokens">Tokens that fit into RAM.</param>
    /// <param name="storageTokens">Tokens that fit on storage, 0 without it.</param>
    public ISimulatedCache CreateCache(ScaledTrace trace, long ramTokens, long storageTokens) => ConversationBatchTokens is { } batch
        ? new ConversationCacheSimulation(trace.BlockTokens, batch, ramTokens, storageTokens)
        : new BlockCacheSimulation(trace, ramTokens, storageTokens);
}
