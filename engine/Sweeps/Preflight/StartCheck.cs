using MemoryWall.Core.Plan;
using MemoryWall.Targets.Http;

namespace MemoryWall.Sweeps.Preflight;

/// <summary>What is wrong with plans before anything is started or measured.</summary>
internal static class StartCheck
{
    /// <summary>The findings for which a plan cannot run, whatever the user forces; none where only a start can tell.</summary>
    public static IReadOnlyList<PreflightFinding> Find(SweepPlan plan, ConnectionOptions connection) =>
    [
        .. PlanCheck.Check(plan).Where(finding => finding is { StopsTheRun: true, CanBeForced: false }),
        .. TargetConnector.CheckText(plan, connection) is { } target ? [target] : Array.Empty<PreflightFinding>(),
    ];
}
