using MemoryWall.Analysis.Reports;
using MemoryWall.Analysis.Verdicts;
using MemoryWall.Analysis.Walls;
using MemoryWall.Reporting.Formats;
using MemoryWall.Reporting.Phrases;

namespace MemoryWall.Reporting.Summary;

/// <summary>The finding on memory in a one-page summary.</summary>
internal static class MemoryFindings
{
    /// <summary>What the systems do at the largest context that the last of them reaches; with fewer than two systems, the wall of one
    /// run.</summary>
    /// <param name="run">The run to use where no run has a limit.</param>
    /// <param name="limited">Runs under a limit, the system to compare with the others last.</param>
    public static SummaryFinding? Create(RunReport run, IReadOnlyList<RunReport> limited)
    {
        if (limited.Count < 2)
            return CreateForRun(limited.Count == 1 ? limited[0] : run);
        var comparison = SystemsReport.Create(limited);
        var last = comparison.Systems[^1];
        // Without a rate of the last system there is nothing to compare the others with.
        if (last.Cells.LastOrDefault(cell => cell is { GenerationTps: not null, IsBound: false }) is not { } reached)
            return new SummaryFinding("no survivor", $"No system generates anything{FormatLimit(limited)}.",
                [.. comparison.Verdicts.Select(VerdictPhrases.Format)], []);
        var others = comparison.Systems.SkipLast(1)
            .Select(system => (system.Name, Cell: system.Cells.FirstOrDefault(cell => cell.ContextTokens == reached.ContextTokens)))
            .Where(other => other.Cell is not null).ToList();
        var worst = others.Select(other => other.Cell!).OrderBy(cell => cell.GenerationTps ?? 0).FirstOrDefault();
        var rate = NumberFormat.Rate(reached.GenerationTps);
        var still = worst is { GenerationTps: null } ? "still " : "";
        var fates = others.Select(other => $"{other.Name} {DescribeCell(other.Cell!)}").Append($"{last.Name} {still}generates {rate}");
        var keyNumber = worst switch
        {
            null => rate,
            { GenerationTps: null } => $"none → {rate}",
            _ => $"{NumberFormat.RateNumber(worst.GenerationTps)} → {rate}",
        };
        // The reach of each system is already in the headline and in the picture.
        return new SummaryFinding(keyNumber,
            $"At {NumberFormat.Context(reached.ContextTokens)} tokens of context{FormatLimit(limited)}, {WordFormat.List(fates)}.",
            [.. comparison.Verdicts.Where(verdict => verdict is not SystemReachVerdict).Select(VerdictPhrases.Format)], []);
    }

    private static SummaryFinding? CreateForRun(RunReport run)
    {
        var wall = run.WallVerdict;
        if (wall.Position == WallPosition.Unknown)
            return null;
        var keyNumber = wall.Beyond switch
        {
            null => "no wall",
            { Slowdown: { } factor } => NumberFormat.Ratio(factor) + "× slower",
            var beyond => $"ends at {NumberFormat.Context(beyond.ContextTokens)}",
        };
        return new SummaryFinding(keyNumber, WallPhrases.Format(wall), [], wall.Trials);
    }

    private static string DescribeCell(SystemCell cell)
    {
        if (cell.GenerationTps is not { } perSecond)
            return cell.Regime is MemoryRegime.OutOfMemory or MemoryRegime.Refused
                ? RegimeFormat.Predicate(cell.Regime)
                : "generates nothing";
        var rate = (cell.IsBound ? "at most " : "") + NumberFormat.Rate(perSecond);
        return cell.Regime is MemoryRegime.Thrashing or MemoryRegime.Spilling
            ? $"{RegimeFormat.Predicate(cell.Regime)} at {rate}"
            : $"generates {rate}";
    }

    private static string FormatLimit(IReadOnlyList<RunReport> runs) =>
        runs.Select(run => run.Manifest.Plan.Cap?.Bytes).Distinct().ToList() is [{ } bytes]
            ? $" in {NumberFormat.Bytes(bytes)} of memory"
            : "";
}
