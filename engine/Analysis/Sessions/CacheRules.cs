using MemoryWall.Core;
using MemoryWall.Core.Facts;

namespace MemoryWall.Analysis.Sessions;

/// <summary>How a server uses its cache of conversations.</summary>
/// <param name="ReuseTokens">Tokens of which only whole multiples are reused, 1 or more.</param>
/// <param name="KeepsLastPrompt">Whether the last prompt stays in the context itself, beside the cache.</param>
/// <param name="MovesWholePrefixes">Whether a known beginning comes in one piece, from storage if any of it is there only, and is not
/// joined with what the context has.</param>
internal sealed record CacheRules(int ReuseTokens, bool KeepsLastPrompt, bool MovesWholePrefixes)
{
    /// <summary>A cache of blocks and nothing beside it.</summary>
    public static CacheRules Blocks { get; } = new(1, KeepsLastPrompt: false, MovesWholePrefixes: false);

    /// <summary>Those of the server of a run. The embedded server has one context, which keeps the last prompt; it keeps conversations as
    /// a whole, and reuses whole batches, so that answers are those of a computed prompt.</summary>
    public static CacheRules Of(RunManifest run) => run.Target.Kind == TargetKind.Embedded
        ? new CacheRules(run.Plan.Options.EmbeddedBatchTokens, KeepsLastPrompt: true, MovesWholePrefixes: true)
        : Blocks;
}
