using MemoryWall.Analysis.Reports;
using MemoryWall.Reporting.Phrases;

namespace MemoryWall.Reporting.Figures;

/// <summary>The subtitle of every figure of measured values: its runs, how they were measured, and reasons to doubt what the title
/// says.</summary>
internal static class FigureSubtitle
{
    /// <summary>The subtitle of a figure of these runs.</summary>
    public static string Create(IReadOnlyList<RunReport> runs) => Join(runs, [.. runs.SelectMany(GetEnds)]);

    /// <summary>The subtitle of a figure of some trials of a run, one point for each.</summary>
    public static string CreateForTrials(RunReport run, IEnumerable<int> trials) =>
        Join([run], [.. trials.Select(number => new HeadlinePoint(run, [number]))]);

    private static string Join(IReadOnlyList<RunReport> runs, IReadOnlyList<HeadlinePoint> evidence) => string.Join(" · ",
        HeadlineDoubts.Describe(evidence).Prepend(RunLabels.DescribeRuns([.. runs.Select(run => run.Run)])));

    // A title compares the smallest and the largest context.
    private static IEnumerable<HeadlinePoint> GetEnds(RunReport run)
    {
        var level = run.Levels.MaxBy(level => level.Count) ?? [];
        return level.Where((_, index) => index == 0 || index == level.Count - 1).Where(context => context.Trials.Count > 0)
            .Select(context => new HeadlinePoint(run, [.. context.Trials.Except(context.DisturbedLeftOut)])
            {
                LeftOut = context.DisturbedLeftOut,
            });
    }
}
