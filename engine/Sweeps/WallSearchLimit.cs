using MemoryWall.Core.Plan;
using MemoryWall.Models.Forecast;

namespace MemoryWall.Sweeps;

/// <summary>How far a search for the wall may go.</summary>
internal static class WallSearchLimit
{
    /// <summary>Without a cap the search keeps away from the end of the machine's memory: a wall there takes everything else with
    /// it.</summary>
    public const double SafeMemoryShare = 0.8;

    /// <summary>The largest context that may be tried.</summary>
    public static int ComputeMaxContext(SweepPlan plan, PreflightResult preflight, SweepSettings settings)
    {
        var beside = plan.OutputTokens + plan.WindowMarginTokens;
        var most = Math.Min(plan.Wall!.ToTokens ?? int.MaxValue, (preflight.Target!.MaxContextTokens ?? int.MaxValue) - beside);
        return settings.Force ? most : Math.Min(most, ComputeSafeContext(plan, preflight, beside) ?? most);
    }

    /// <summary>What to tell of a search that ends before memory does; null where nothing holds it back.</summary>
    public static string? DescribeLimit(SweepPlan plan, PreflightResult preflight, SweepSettings settings)
    {
        if (plan.Wall is null || settings.Force)
            return null;
        var beside = plan.OutputTokens + plan.WindowMarginTokens;
        return ComputeSafeContext(plan, preflight, beside) is { } safe && safe == ComputeMaxContext(plan, preflight, settings)
            ? FormattableString.Invariant(
                $"the search stops at {safe:#,0} tokens, where {SafeMemoryShare:0%} of the memory that is available would be taken: beyond it the machine might become unusable. A cap makes a wall in safety; --force goes on without one")
            : null;
    }

    /// <summary>The largest context that leaves the machine usable; null where the cap sees to that or nothing can be forecast.</summary>
    public static int? ComputeSafeContext(SweepPlan plan, PreflightResult preflight, int reservedTokens)
    {
        var available = new[] { preflight.Machine.MemoryAvailableBytes, preflight.Machine.MemoryLimitBytes }.Min();
        if (preflight.Session?.IsLocalChild != true || preflight.Target?.Shape is not { } shape || available is not { } bytes
            || plan.Cap?.Bytes <= bytes * SafeMemoryShare)
            return null;
        var settings = ForecastSettings.ForEmbedded(plan.Options, shape);
        if (MemoryForecast.FindProblems(shape, settings).Count > 0 || shape.WeightBytes is null)
            return null;
        var wall = MemoryForecast.FindWall(shape, settings,
            new MemoryBudget(new MemoryWall.Core.Units.ByteSize((long)(bytes * SafeMemoryShare)))).WallTokens;
        return wall is { } tokens ? Math.Max(1, tokens - reservedTokens) : null;
    }
}
