using MemoryWall.Core;
using MemoryWall.Core.Units;

namespace MemoryWall.Analysis.Walls;

/// <summary>The finding of a page to hand over that is about memory.</summary>
internal static class MemoryFindings
{
    /// <summary>What systems do at the largest context of the last of them; what one run met where there are not two.</summary>
    /// <param name="run">A run without a limit, for where there is none with.</param>
    /// <param name="limited">Runs under a limit, the one to be held against the others last.</param>
    public static SummaryFinding? Create(Run run, IReadOnlyList<Run> limited)
    {
        if (limited.Count < 2)
            return CreateForRun(limited.Count == 1 ? limited[0] : run);
        var comparison = SystemsComparison.Compare(limited);
        var last = comparison.Systems[^1];
        // Where the last system gets nothing done there is nothing to hold the others against.
        if (last.Cells.LastOrDefault(cell => cell is { GenerationTps: not null, IsBound: false }) is not { } far)
            return new SummaryFinding("no survivor", $"No system generates anything{DescribeLimit(limited)}.", comparison.Sentences, []);
        var reached = new TokenRate(far.GenerationTps!.Value);
        var others = comparison.Systems.SkipLast(1)
            .Select(system => (system.Name, Cell: system.Cells.FirstOrDefault(cell => cell.ContextTokens == far.ContextTokens)))
            .Where(other => other.Cell is not null).ToList();
        var fates = others.Select(other => $"{other.Name} {DescribeCell(other.Cell!)}").Append($"{last.Name} generates {reached}");
        var worst = others.Select(other => other.Cell!).OrderBy(cell => cell.GenerationTps ?? 0).FirstOrDefault();
        var figure = worst switch
        {
            null => reached.ToString(),
            { GenerationTps: { } rate } => $"{new TokenRate(rate).ToString().Split(' ')[0]} → {reached}",
            _ => $"none → {reached}",
        };
        // How far each gets is in the headline and in the picture; gains and losses are not.
        return new SummaryFinding(figure,
            $"With {NumberFormat.Context(far.ContextTokens)} tokens of context{DescribeLimit(limited)} {WordFormat.List(fates)}.",
            [.. comparison.Sentences.Skip(comparison.Systems.Count)], []);
    }

    private static SummaryFinding? CreateForRun(Run run)
    {
        var wall = WallAnalysis.Analyze(run);
        if (wall is { BeyondTokens: null, InsideTokens: null })
            return null;
        var figure = wall switch
        {
            { BeyondTokens: null } => "no wall",
            { CollapseFactor: { } factor } => FormattableString.Invariant($"{factor:0.#}× slower"),
            _ => $"ends at {NumberFormat.Context(wall.BeyondTokens!.Value)}",
        };
        return new SummaryFinding(figure, wall.Describe(), [],
            [.. wall.Regimes.Where(regime => regime.ContextTokens == wall.InsideTokens || regime.ContextTokens == wall.BeyondTokens)
                .Select(regime => regime.Trial).Order()]);
    }

    private static string DescribeCell(SystemCell cell) => (cell.Regime, cell.GenerationTps) switch
    {
        (MemoryRegime.OutOfMemory, null) => "is dead (out of memory)",
        (MemoryRegime.Refused, null) => "refuses",
        (_, null) => "generates nothing",
        (MemoryRegime.Thrashing, { } rate) => $"thrashes at {(cell.IsBound ? "at most " : "")}{new TokenRate(rate)}",
        (MemoryRegime.Spilling, { } rate) => $"spills at {(cell.IsBound ? "at most " : "")}{new TokenRate(rate)}",
        (_, { } rate) => $"generates {(cell.IsBound ? "at most " : "")}{new TokenRate(rate)}",
    };

    private static string DescribeLimit(IReadOnlyList<Run> runs) =>
        runs.Select(run => run.Manifest.Plan.Cap?.Bytes).Distinct().ToList() is [{ } bytes] ? $" in {new ByteSize(bytes)} of memory" : "";
}
