using MemoryWall.Analysis.Rules;
using MemoryWall.Core.Facts;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Trials;
using MemoryWall.Models.Forecast;

namespace MemoryWall.Analysis.Walls;

/// <summary>The error of the memory forecast in one trial of the embedded server: (forecast − measured) / measured.</summary>
/// <param name="Trial">The trial's number.</param>
/// <param name="ContextTokens">Its context.</param>
/// <param name="Weights">Of the weights that llama.cpp allocated or mapped, repacked copies included; absent where one of them is
/// unknown.</param>
/// <param name="Kv">Of the KV cache; absent where one of them is unknown.</param>
/// <param name="Compute">Of the compute buffers; absent where one of them is unknown.</param>
/// <param name="ProcessTotal">Of the process's anonymous memory at the end of the trial; absent where it could not be read, part of it was
/// swapped, or much of the window was empty: the forecast is for a full window.</param>
internal sealed record ForecastError(int Trial, int ContextTokens, double? Weights, double? Kv, double? Compute, double? ProcessTotal)
{
    /// <summary>The errors of a run's trials; none for other servers, or with a storage tier, which places memory differently.</summary>
    /// <param name="trials">The trials.</param>
    /// <param name="plan">Their plan.</param>
    /// <param name="target">Their target.</param>
    /// <param name="rules">How full a window must be.</param>
    public static IReadOnlyList<ForecastError> ComputeErrors(IReadOnlyList<Trial> trials, SweepPlan plan, TargetFacts target,
        EstimateRules rules)
    {
        ArgumentNullException.ThrowIfNull(trials);
        if (target is not { Kind: TargetKind.Embedded, Shape: { } shape } || plan.Options.Tier is not null)
            return [];
        try
        {
            var settings = ForecastSettings.ForStoredEmbedded(plan.Options, shape);
            return MemoryForecast.FindProblems(shape, settings).Count > 0
                ? []
                : [.. trials.Where(trial => trial is { Outcome: Completed, WindowTokens: > 0, KvBytes: not null })
                    .Select(trial => ComputeErrors(trial, shape, settings, rules))];
        }
        catch (Exception error) when (error is FormatException or ArgumentException)
        {
            return [];
        }
    }

    private static ForecastError ComputeErrors(Trial trial, ModelShape shape, ForecastSettings settings, EstimateRules rules)
    {
        var row = MemoryForecast.Compute(shape, settings, trial.WindowTokens!.Value);
        var weights = trial.ResidentBytes - trial.KvBytes - trial.ComputeBytes;
        return new ForecastError(
            trial.Number, trial.ContextTokens,
            RelativeError(row.WeightsBytes, weights),
            RelativeError(row.KvBytes + row.RecurrentBytes, trial.KvBytes),
            RelativeError(row.ComputeBytes, trial.ComputeBytes),
            trial.Memory?.SwapBytes is > 0 || trial.ContextTokens < rules.MinWindowFill * trial.WindowTokens
                ? null
                : RelativeError(row.AnonymousBytes, trial.Memory?.AnonymousBytes));
    }

    private static double? RelativeError(long? forecast, long? measured) => measured > 0 ? (double?)(forecast - measured) / measured : null;
}
