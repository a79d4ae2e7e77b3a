using MemoryWall.Core.Plan;
using MemoryWall.Core.Units;
using MemoryWall.Models.Forecast;
using MemoryWall.Sweeps.Setup;

namespace MemoryWall.Sweeps.Preflight;

/// <summary>The largest context of a search for the wall.</summary>
internal static class WallSearchLimit
{
    /// <summary>Without a cap the search uses at most this share of the machine's available memory: using all of it would make the machine
    /// unusable.</summary>
    public const double SafeMemoryShare = 0.8;

    /// <summary>The largest context that the search may try.</summary>
    public static int ComputeMaxContext(SweepPlan plan, PreflightResult preflight, SweepSettings settings)
    {
        var max = Math.Min(plan.Wall!.ToTokens ?? int.MaxValue,
            plan.WindowRule.MaxContextIn(preflight.Target!.MaxContextTokens ?? int.MaxValue));
        return settings.Force ? max : Math.Min(max, ComputeSafeContext(plan, preflight) ?? max);
    }

    /// <summary>A note for a search that ends before the machine's memory does; null where nothing limits it.</summary>
    public static string? DescribeLimit(SweepPlan plan, PreflightResult preflight, SweepSettings settings)
    {
        if (plan.Wall is null || settings.Force)
            return null;
        return ComputeSafeContext(plan, preflight) is { } safe && safe == ComputeMaxContext(plan, preflight, settings)
            ? FormattableString.Invariant(
                $"the search ends at {safe:#,0} tokens, which take {SafeMemoryShare:0%} of the available memory: with more the machine ")
                + "could become unusable. Use --cap to find a wall safely, or --force to continue without one"
            : null;
    }

    /// <summary>The largest context that leaves the machine usable; null where a cap ensures that or there is no forecast.</summary>
    public static int? ComputeSafeContext(SweepPlan plan, PreflightResult preflight)
    {
        var available = new[] { preflight.Machine.MemoryAvailableBytes, preflight.Machine.MemoryLimitBytes }.Min();
        if (preflight.Session?.IsLocalChild != true || preflight.Target?.Shape is not { } shape || available is not { } bytes
            || plan.Cap?.Bytes <= bytes * SafeMemoryShare)
            return null;
        var settings = ForecastSettings.ForEmbedded(plan.Options, shape);
        if (MemoryForecast.FindProblems(shape, settings).Count > 0 || shape.WeightBytes is null)
            return null;
        var wall = MemoryForecast.FindWall(shape, settings,
            new MemoryBudget(new ByteSize((long)(bytes * SafeMemoryShare)))).WallTokens;
        return wall is { } tokens ? Math.Max(1, plan.WindowRule.MaxContextIn(tokens)) : null;
    }
}
