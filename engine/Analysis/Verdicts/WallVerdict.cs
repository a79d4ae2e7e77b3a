using MemoryWall.Analysis.Comparisons;
using MemoryWall.Analysis.Walls;

namespace MemoryWall.Analysis.Verdicts;

/// <summary>Where the memory wall of a run is.</summary>
internal enum WallPosition
{
    /// <summary>No trial shows where its memory was.</summary>
    Unknown,

    /// <summary>The largest context tried is still in memory.</summary>
    NotReached,

    /// <summary>The weights alone exceed the memory.</summary>
    NothingFits,

    /// <summary>Below the smallest context tried.</summary>
    BelowSmallest,

    /// <summary>Between two contexts that were tried.</summary>
    Between,
}

/// <summary>The forecast of a wall, compared with the measured one.</summary>
/// <param name="Tokens">The largest context forecast to fit, in tokens; 0 for none.</param>
/// <param name="IsWithoutTier">Whether it is for a system without the storage tier that this one has.</param>
/// <param name="IsBetween">Whether it is between the two contexts at the wall.</param>
/// <param name="Error">(Forecast − measured) / measured; absent where the two are not comparable.</param>
internal sealed record WallForecastFinding(int Tokens, bool IsWithoutTier, bool IsBetween, double? Error)
{
    /// <summary>The context that the model was trained for; absent where it is not known.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public int? TrainedTokens { get; init; }

    /// <summary>Whether the forecast is that the whole trained context fits, and no wall was measured to compare with.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public bool IsBeyondTrained => Tokens > TrainedTokens && !IsBetween && Error is null;
}

/// <summary>What happens at a context beyond the wall.</summary>
/// <param name="ContextTokens">The context.</param>
/// <param name="Regime">What memory does there.</param>
/// <param name="Tps">The generation rate, in tokens per second; absent where nothing was generated.</param>
/// <param name="IsBound">Whether the rate is an upper bound, from a stopped trial; the slowdown is a lower bound then.</param>
/// <param name="Slowdown">The rate before the wall divided by that here; absent where one of them is, where the repetitions do not show a
/// difference, and where generation does not slow down enough to speak of it.</param>
internal sealed record WallStep(int ContextTokens, MemoryRegime Regime, double? Tps, bool IsBound, double? Slowdown)
{
    /// <summary>The rate before the wall ÷ that here, and what the data lack to call it a difference; absent where one of them
    /// is.</summary>
    public RatioFinding? Comparison { get; init; }

    /// <summary>Whether the system does not answer at all for lack of memory.</summary>
    public bool IsFailure => Regime is MemoryRegime.OutOfMemory or MemoryRegime.Refused;
}

/// <summary>Where memory runs out, and what happens there.</summary>
/// <param name="Position">Where the wall is.</param>
/// <param name="InsideTokens">The largest context in memory below the wall; absent where no context was.</param>
/// <param name="BeyondTokens">The smallest context beyond the wall; absent where no wall was found.</param>
/// <param name="Trials">The trials at both contexts, and those of <see cref="Slowest"/> and <see cref="Failure"/>.</param>
internal sealed record WallVerdict(WallPosition Position, int? InsideTokens, int? BeyondTokens, IReadOnlyList<int> Trials)
    : Verdict(VerdictTopic.Wall, Trials)
{
    /// <summary>The memory limit in bytes; absent where it is not known.</summary>
    public required long? BudgetBytes { get; init; }

    /// <summary>Bytes of the model's weights; absent where unknown.</summary>
    public required long? WeightBytes { get; init; }

    /// <summary>The forecast; absent without one.</summary>
    public required WallForecastFinding? Forecast { get; init; }

    /// <summary>Tokens per second just before the wall; absent where no context was in memory.</summary>
    public required double? InsideTps { get; init; }

    /// <summary>What happens just beyond the wall; absent where no wall was found.</summary>
    public required WallStep? Beyond { get; init; }

    /// <summary>Bytes that each token reads from storage just beyond the wall; absent where nothing is read, or unknown.</summary>
    public required double? StorageBytesPerToken { get; init; }

    /// <summary>The slowest larger context, where generation is slower than just beyond the wall; absent otherwise.</summary>
    public required WallStep? Slowest { get; init; }

    /// <summary>The smallest context at which memory runs out or the server refuses requests, where that happens only farther beyond the
    /// wall; absent otherwise.</summary>
    public required WallStep? Failure { get; init; }

    /// <summary>The smallest context from which generation is half as fast as expected or slower for an unknown cause; absent where there
    /// is none. It is no wall.</summary>
    public required int? SlowerFromTokens { get; init; }

    /// <summary>The first context at which the system does not answer for lack of memory; absent where it always does.</summary>
    [System.Text.Json.Serialization.JsonIgnore]
    public WallStep? End => Beyond is { IsFailure: true } ? Beyond : Failure;
}
