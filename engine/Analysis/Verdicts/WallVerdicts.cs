using MemoryWall.Analysis.Comparisons;
using MemoryWall.Analysis.Rules;
using MemoryWall.Analysis.Walls;
using MemoryWall.Statistics;

namespace MemoryWall.Analysis.Verdicts;

/// <summary>Concludes where the memory wall of a run is and what happens there.</summary>
internal static class WallVerdicts
{
    /// <summary>The verdict on a wall.</summary>
    public static WallVerdict Create(WallReport wall, SummaryRules rules)
    {
        ArgumentNullException.ThrowIfNull(wall);
        ArgumentNullException.ThrowIfNull(rules);
        var beyond = wall.Beyond is { } first
            ? CreateStep(first, wall.BeyondTps, wall.BeyondIsBound, wall.Collapse, rules)
            : null;
        var slowest = wall.Slowest is { } far
            ? CreateStep(far, wall.SlowestTps, wall.SlowestIsBound, wall.Worst, rules)
            : null;
        var failure = FindFailure(wall, beyond);
        return new WallVerdict(FindPosition(wall), wall.InsideTokens, wall.BeyondTokens, ListTrials(wall, failure))
        {
            BudgetBytes = wall.BudgetBytes,
            WeightBytes = wall.WeightBytes,
            Forecast = CompareForecast(wall),
            InsideTps = wall.InsideTps,
            Beyond = beyond,
            StorageBytesPerToken = beyond is { IsFailure: false } && wall.Beyond!.StorageBytesPerToken is >= 1 and var bytes ? bytes : null,
            Slowest = slowest is { Slowdown: not null } or { Comparison.MissingPairs: > 0 } ? slowest : null,
            SlowerFromTokens = wall.SlowerFromTokens,
            Failure = failure is null
                ? null
                : new WallStep(failure.ContextTokens, failure.Regime, Tps: null, IsBound: false, Slowdown: null),
        };
    }

    private static WallPosition FindPosition(WallReport wall) => wall switch
    {
        { InsideTokens: null, BeyondTokens: null } => WallPosition.Unknown,
        { BeyondTokens: null } => WallPosition.NotReached,
        { InsideTokens: not null } => WallPosition.Between,
        _ when wall.WeightBytes > wall.BudgetBytes => WallPosition.NothingFits,
        _ => WallPosition.BelowSmallest,
    };

    private static WallForecastFinding? CompareForecast(WallReport wall) => wall.PredictedTokens is { } tokens
        ? new WallForecastFinding(tokens, wall.HasTier,
            IsBetween: !wall.HasTier && wall.Error is null or 0 && tokens >= wall.InsideTokens && tokens < wall.BeyondTokens,
            wall.HasTier ? null : wall.Error)
        {
            TrainedTokens = wall.TrainedTokens,
        }
        : null;

    private static WallStep CreateStep(TrialRegime regime, double? tps, bool isBound, RatioFinding? slowdown, SummaryRules rules) =>
        new(regime.ContextTokens, regime.Regime, tps, isBound,
            slowdown is { Verdict: RatioVerdict.Higher, Ratio.Value: var factor } && factor >= rules.MinSlowdown ? factor : null)
        {
            Comparison = slowdown,
        };

    // A system that spills just beyond the wall often runs out of memory at a slightly larger context.
    private static TrialRegime? FindFailure(WallReport wall, WallStep? beyond) => beyond is not { IsFailure: false }
        ? null
        : wall.Regimes.Where(regime => regime.Regime is MemoryRegime.OutOfMemory or MemoryRegime.Refused)
            .MinBy(regime => regime.ContextTokens);

    private static IReadOnlyList<int> ListTrials(WallReport wall, TrialRegime? failure) =>
    [
        .. wall.Regimes
            .Where(regime => regime.ContextTokens == wall.InsideTokens || regime.ContextTokens == wall.BeyondTokens
                || regime.Trial == wall.Slowest?.Trial || regime.Trial == failure?.Trial)
            .Select(regime => regime.Trial).Distinct().Order(),
    ];
}
