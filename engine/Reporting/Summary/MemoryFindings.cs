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
            // Numbers of trials are those of the sweep.
            return limited.Count == 1 ? CreateForRun(limited[0]) is { } wall ? wall with { Trials = [] } : null : CreateForRun(run);
        var comparison = SystemsReport.Create(limited);
        var last = comparison.Systems[^1];
        // Without a rate of the last system there is nothing to compare the others with.
        if (last.Cells.LastOrDefault(cell => cell is { GenerationTps: not null, IsBound: false }) is not { } reached)
            return new SummaryFinding("no survivor",
                $"With the model {GetModel(limited)}, no system generates anything{FormatLimit(limited)}.",
                [.. comparison.Verdicts.Select(VerdictPhrases.Format)], [])
            {
                Support = comparison.Verdicts,
            }.WithDoubts(HeadlineDoubts.Describe([.. limited.Select(system => new HeadlinePoint(system, MeasuredTrials(system, null)))]));
        var others = comparison.Systems.SkipLast(1)
            .Select(system => (system.Name, Cell: system.Cells.FirstOrDefault(cell => cell.ContextTokens == reached.ContextTokens)))
            .Where(other => other.Cell is not null).ToList();
        var worst = others.Select(other => other.Cell!).OrderBy(cell => cell.GenerationTps ?? 0).FirstOrDefault();
        var rate = NumberFormat.Rate(reached.GenerationTps);
        var still = worst is { GenerationTps: null } ? "still " : "";
        var fates = others.Select(other => $"{other.Name} {DescribeCell(other.Cell!)}").Append($"{last.Name} {still}generates {rate}");
        var gains = comparison.Verdicts.OfType<SystemGainVerdict>()
            .Where(gain => gain.Contexts.Any(context => context.ContextTokens == reached.ContextTokens)).ToList();
        var claim = worst is null ? SummaryClaim.None
            : worst.GenerationTps is null ? SummaryClaim.Survival
            : gains.Any(gain => gain.Over == NameOf(others, worst) && gain.Conclusion is GainKind.Faster or GainKind.Slower)
                ? SummaryClaim.Difference
                : SummaryClaim.None;
        var keyNumber = worst switch
        {
            null => rate,
            { GenerationTps: null } => $"none → {rate}",
            _ => $"{NumberFormat.RateNumber(worst.GenerationTps)} {(claim == SummaryClaim.Difference ? "→" : "vs")} {rate}",
        };
        // The reach of each system at this context is already in the headline.
        return new SummaryFinding(keyNumber,
            $"With the model {GetModel(limited)} at {NumberFormat.Context(reached.ContextTokens)} tokens of context{FormatLimit(limited)}, "
                + $"{WordFormat.List(fates)}.",
            [.. comparison.Verdicts
                .Where(verdict => verdict is not SystemReachVerdict reach || reach.FailsAtTokens > reached.ContextTokens)
                .Select(VerdictPhrases.Format)], [])
        {
            Claim = claim,
            Support = comparison.Verdicts,
        }.WithDoubts([.. HeadlineDoubts.Describe(
            [.. limited.Select(system => new HeadlinePoint(system, MeasuredTrials(system, reached.ContextTokens)))
                .Where(point => point.Trials.Count > 0)]),
            .. last.IsEmulated ? ["storage slowed down to emulate another device"] : Array.Empty<string>()]);
    }

    private static string? NameOf(IReadOnlyList<(string Name, SystemCell? Cell)> systems, SystemCell cell) =>
        systems.First(system => ReferenceEquals(system.Cell, cell)).Name;

    private static string GetModel(IReadOnlyList<RunReport> runs) => ModelLabel.Create(runs[^1].Manifest.Target.Model);

    // Failed trials are results too: a system that was killed once was tried once.
    private static IReadOnlyList<int> MeasuredTrials(RunReport run, int? contextTokens) =>
        [.. run.Contexts.Where(context => contextTokens is null || context.ContextTokens == contextTokens)
            .SelectMany(context => context.Trials)];

    private static SummaryFinding? CreateForRun(RunReport run)
    {
        var wall = run.WallVerdict;
        // A run that neither has a limit nor looks for one says nothing where it meets none.
        if (wall.Position == WallPosition.Unknown
            || wall.Position == WallPosition.NotReached && run.Manifest.Plan is { Cap: null, Wall: null })
            return null;
        var keyNumber = wall.Beyond switch
        {
            null => "no wall",
            { Slowdown: { } factor } => NumberFormat.Ratio(factor) + "× slower",
            { IsFailure: true } beyond => $"ends at {NumberFormat.Context(beyond.ContextTokens)}",
            var beyond => $"wall below {NumberFormat.Context(beyond.ContextTokens)}",
        };
        var points = wall.Trials.GroupBy(number => run.TrialsByNumber.GetValueOrDefault(number)?.Trial.ContextTokens)
            .Select(same => new HeadlinePoint(run, [.. same]));
        var sentences = WallPhrases.FormatSentences(wall);
        return new SummaryFinding(keyNumber, $"{ModelLabel.Create(run.Manifest.Target.Model)}: {sentences[0]}", [.. sentences.Skip(1)],
            wall.Trials)
        {
            Claim = SummaryClaim.Wall,
            Support = [wall],
        }.WithDoubts(HeadlineDoubts.Describe([.. points]));
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
