using MemoryWall.Core.Plan;
using MemoryWall.Core.Units;

namespace MemoryWall.Sweeps.Plans;

/// <summary>Plans of a search for the memory wall.</summary>
internal static class WallSearchPlans
{
    /// <summary>Output tokens of each trial where nothing else was asked.</summary>
    public const int OutputTokens = 16;

    // A trial at synthetic depth computes one batch. Beyond the wall a large one takes minutes before the first token.
    private const int SyntheticDepthBatchTokens = 64;

    // The search expects trials that thrash. It stops them early and keeps their partial rate as an upper bound.
    private static readonly PhaseLimits s_limits = new()
    {
        Load = TimeSpan.FromMinutes(5),
        Prefill = TimeSpan.FromMinutes(20),
        Generation = TimeSpan.FromSeconds(45),
        Silence = TimeSpan.FromMinutes(2),
    };

    /// <summary>The time limits of a search with this method.</summary>
    public static PhaseLimits GetLimits(SweepMethod method) =>
        method == SweepMethod.SyntheticDepth ? s_limits with { Prefill = TimeSpan.FromMinutes(2) } : s_limits;

    /// <summary>The plan of a search.</summary>
    /// <param name="target">The target's address.</param>
    /// <param name="wall">Where the search starts and ends.</param>
    /// <param name="method">Cold trials or synthetic depth.</param>
    /// <param name="options">Options of the target.</param>
    public static SweepPlan Create(string target, WallPlan wall, SweepMethod method, TargetOptions options) => new()
    {
        Target = target,
        Contexts = [new TokenCount(wall.FromTokens)],
        OutputTokens = OutputTokens,
        Method = method,
        Limits = GetLimits(method),
        Options = method == SweepMethod.SyntheticDepth
            ? options with { BatchTokens = options.BatchTokens ?? SyntheticDepthBatchTokens }
            : options,
        Wall = wall,
    };
}
