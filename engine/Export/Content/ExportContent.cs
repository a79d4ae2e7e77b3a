using MemoryWall.Analysis.Reports;
using MemoryWall.Charts;
using MemoryWall.Core;
using MemoryWall.Reporting.Figures;
using MemoryWall.Reporting.Phrases;
using MemoryWall.Reporting.Summary;
using MemoryWall.Reporting.Tables;

namespace MemoryWall.Export.Content;

/// <summary>A figure with the name of its file.</summary>
/// <param name="Name">Its name: letters and hyphens.</param>
/// <param name="Chart">The figure.</param>
internal sealed record ExportFigure(string Name, Chart Chart);

/// <summary>What is exported of runs: findings, figures, tables, and where they come from.</summary>
internal sealed class ExportContent
{
    private ExportContent(IReadOnlyList<RunReport> runs)
    {
        Runs = runs;
        Systems = runs.Count > 1 ? SystemsReport.Create(runs) : null;
        Findings = CreateFindings().Distinct().ToList();
        Figures = [.. CreateFigures().Where(figure => figure.Chart.HasMarks)
            .Select(figure => figure with { Chart = SampleMark.Apply(figure.Chart, [.. runs.Select(run => run.Run)]) })];
        Tables = [.. CreateTables()];
        Provenance = [.. runs.SelectMany(ProvenancePhrases.Describe)];
    }

    /// <summary>The runs in their order; the last is compared with each of the others.</summary>
    public IReadOnlyList<RunReport> Runs { get; }

    /// <summary>The comparison of several runs; null for one run.</summary>
    public SystemsReport? Systems { get; }

    /// <summary>Sentences, the most important first; one or more.</summary>
    public IReadOnlyList<string> Findings { get; }

    /// <summary>The figures that have something to show.</summary>
    public IReadOnlyList<ExportFigure> Figures { get; }

    /// <summary>Tables with their titles.</summary>
    public IReadOnlyList<(string Title, TextTable Table)> Tables { get; }

    /// <summary>Runs, dates, machines, models, versions and doubts, one line each.</summary>
    public IReadOnlyList<string> Provenance { get; }

    /// <summary>The content of runs.</summary>
    /// <param name="runs">One run or more.</param>
    public static ExportContent Create(IReadOnlyList<Run> runs)
    {
        ArgumentNullException.ThrowIfNull(runs);
        ArgumentOutOfRangeException.ThrowIfZero(runs.Count);
        return new ExportContent([.. runs.Select(run => RunReport.Create(run))]);
    }

    private IEnumerable<string> CreateFindings()
    {
        var findings = SummaryFindings.Create(Runs[0], Systems is null ? [] : Runs);
        foreach (var finding in findings)
            yield return finding.Headline;
        foreach (var verdict in Systems?.Verdicts ?? Runs[0].Verdicts)
            yield return VerdictPhrases.Format(verdict);
    }

    private IEnumerable<ExportFigure> CreateFigures()
    {
        if (Systems is not null)
        {
            yield return new("memory-wall", WallChart.Create(Runs));
            yield return new("ttft-and-generation", ContextChart.Create(Runs, title: null, ContextChart.Ttft, ContextChart.Generation));
            if (Runs is [var first, var second])
                yield return new("ratios",
                    CompareChart.Create(Comparison.Compare(first, second, margin: null), first.Run, second.Run));
            yield break;
        }
        var run = Runs[0];
        yield return new("ttft", ContextChart.Create(Runs, title: null, ContextChart.Ttft));
        yield return new("ttft-steps", TtftStepsChart.Create(run));
        yield return new("rates", ContextChart.Create(Runs, title: null, ContextChart.Prefill, ContextChart.Generation));
        yield return new("phase-share", PhaseShareChart.Create(run));
        if (run.Manifest.Plan.Cap is not null || run.Manifest.Plan.Wall is not null)
            yield return new("memory-wall", WallChart.Create(Runs));
        if (run.Wall.Tiers.Count > 0)
            yield return new("placement", PlacementChart.Create(run));
        yield return new("dominance", DominanceChart.Create(run));
        yield return new("inter-token-time", InterTokenChart.Create(run));
    }

    private IEnumerable<(string, TextTable)> CreateTables()
    {
        if (Systems is not null)
            yield return (ExportPhrases.SystemsTitle, SystemsTable.Create(Systems));
        else
            yield return (ExportPhrases.TrialsTitle, TrialTable.Create(Runs[0].Trials, withNumbers: true));
        if (Systems is null && TtftTable.Create(Runs[0].Contexts) is { } steps)
            yield return (ExportPhrases.TtftTitle, steps);
    }
}
