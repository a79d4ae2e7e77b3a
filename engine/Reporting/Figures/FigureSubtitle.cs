using MemoryWall.Analysis.Reports;
using MemoryWall.Reporting.Phrases;

namespace MemoryWall.Reporting.Figures;

/// <summary>The subtitle of a figure whose title states measured values: its runs, how they were measured, and reasons to doubt the
/// title.</summary>
internal static class FigureSubtitle
{
    /// <summary>The subtitle of a figure of these runs.</summary>
    public static string Create(IReadOnlyList<RunReport> runs) =>
        string.Join(" · ", HeadlineDoubts.Describe([.. runs.SelectMany(GetEnds)])
            .Prepend(RunLabels.DescribeRuns([.. runs.Select(run => run.Run)])));

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
