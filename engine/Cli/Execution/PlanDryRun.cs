using MemoryWall.Cli.Host;
using MemoryWall.Core.Plan;
using MemoryWall.Sweeps.Preflight;
using MemoryWall.Sweeps.Setup;
using Spectre.Console;

namespace MemoryWall.Cli.Execution;

/// <summary>The option <c>--dry-run</c>: what can be known of plans without starting or asking a server.</summary>
internal static class PlanDryRun
{
    /// <summary>Writes what is wrong with the plans.</summary>
    /// <returns>The exit code.</returns>
    public static int Check(IEnumerable<SweepPlan> plans, SweepSettings settings)
    {
        var problems = Find(plans, settings);
        foreach (var problem in problems)
            Terminal.Error.WriteLine(problem);
        return problems.Count == 0 ? ExitCodes.Success : ExitCodes.Preflight;
    }

    /// <summary>The findings for which a plan cannot run, each once.</summary>
    public static IReadOnlyList<string> Find(IEnumerable<SweepPlan> plans, SweepSettings settings) =>
        [.. plans.SelectMany(plan => StartCheck.Find(plan, settings.Connection)).Select(finding => $"cannot run: {finding}").Distinct()];
}
