using MemoryWall.Core;
using MemoryWall.Core.Facts;

namespace MemoryWall.Analysis.Sessions;

/// <summary>How a server uses its cache of conversations.</summary>
/// <param name="ReuseTokens">Tokens of which only whole multiples are reused, 1 or more.</param>
/// <param name="KeepsLastPrompt">Whether the last prompt stays in the context itself, beside the cache.</param>
internal sealed record CacheRules(int ReuseTokens, bool KeepsLastPrompt)
{
    /// <summary>A cache of blocks and nothing beside it.</summary>
    public static CacheRules Blocks { get; } = new(1, false);

    /// <summary>Those of the server of a run. The embedded server has one context, which keeps the last prompt, and reuses whole batches,
    /// so that answers are those of a computed prompt.</summary>
    public static CacheRules Of(RunManifest run) =>
        run.Target.Kind == TargetKind.Embedded ? new CacheRules(run.Plan.Options.EmbeddedBatchTokens, true) : Blocks;
}
