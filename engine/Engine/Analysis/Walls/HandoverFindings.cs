using MemoryWall.Facts;

namespace MemoryWall.Analysis.Walls;

/// <summary>What somebody who reads one page should know: who takes the time, what depth costs, and where memory gives way.</summary>
public static class HandoverFindings
{
    /// <summary>The findings, in the order to be read; one that the runs do not support is left out.</summary>
    /// <param name="run">A context sweep.</param>
    /// <param name="systems">Runs under a memory limit, the one to be held against the others last; none where there was no limit.</param>
    public static IReadOnlyList<Verdict> Of(Run run, IReadOnlyList<Run> systems)
    {
        ArgumentNullException.ThrowIfNull(systems);
        var verdicts = RunAnalysis.Of(run).Verdicts;
        return
        [
            .. verdicts.Where(verdict => verdict.Topic == VerdictTopic.Dominance).Take(1),
            .. verdicts.Where(verdict => verdict.Topic == VerdictTopic.Rates).TakeLast(1),
            .. Wall(systems).Select(sentence => new Verdict(VerdictTopic.Wall, sentence, [])),
        ];
    }

    private static IEnumerable<string> Wall(IReadOnlyList<Run> systems)
    {
        var limited = systems.Where(system => system.Manifest.Plan.Cap is not null || system.Manifest.Plan.System is not null).ToList();
        if (limited.Count > 1)
            return [string.Join(" ", SystemsComparison.Of(limited).Sentences)];
        return limited.Count == 1 ? [WallFinding.Of(limited[0]).Describe()] : [];
    }
}
