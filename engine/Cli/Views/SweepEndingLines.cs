using MemoryWall.Sweeps;

namespace MemoryWall.Cli.Views;

/// <summary>What preflight found and what stopped a sweep, a line each.</summary>
internal static class SweepEndingLines
{
    public static IEnumerable<string> Format(SweepResult result)
    {
        foreach (var finding in result.Findings)
        {
            var prefix = finding.StopsTheRun ? "cannot run" : "note";
            yield return $"{prefix}: {finding}{(finding.CanBeForced ? " (--force runs anyway)" : "")}";
        }
        if (result.Problem is { } problem)
            yield return problem;
    }
}
