using MemoryWall.Analysis.Reports;
using MemoryWall.Analysis.Sessions;
using MemoryWall.Analysis.Verdicts;
using MemoryWall.Charts;
using MemoryWall.Core;
using MemoryWall.Core.Trials;
using MemoryWall.Reporting.Figures;
using MemoryWall.Reporting.Phrases;
using MemoryWall.Reporting.Summary;
using MemoryWall.Reporting.Tables;

namespace MemoryWall.Export.Content;

/// <summary>A figure with the name of its file.</summary>
/// <param name="Name">Its name: letters and hyphens.</param>
/// <param name="Chart">The figure.</param>
internal sealed record ExportFigure(string Name, Chart Chart);

/// <summary>A table with what it shows.</summary>
/// <param name="Finding">The most important sentence about its rows; null where nothing follows from them.</param>
/// <param name="Description">What its rows are.</param>
/// <param name="SampleMark">That its numbers are of samples; null where none is.</param>
/// <param name="Table">The table.</param>
internal sealed record ExportTable(string? Finding, string Description, string? SampleMark, TextTable Table);

/// <summary>What is exported of runs: findings, figures, tables, and where they come from.</summary>
internal sealed class ExportContent
{
    private ExportContent(IReadOnlyList<RunReport> runs)
    {
        Runs = runs;
        Sessions = runs.All(SessionReport.IsFor) ? SessionReport.Create(runs) : null;
        Systems = runs.Count > 1 && Sessions is null ? SystemsReport.Create(runs) : null;
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

    /// <summary>How runs with conversations of several users compare; null for other runs.</summary>
    public SessionReport? Sessions { get; }

    /// <summary>Sentences, the most important first; one or more.</summary>
    public IReadOnlyList<string> Findings { get; }

    /// <summary>The figures that have something to show.</summary>
    public IReadOnlyList<ExportFigure> Figures { get; }

    /// <summary>The tables behind the figures.</summary>
    public IReadOnlyList<ExportTable> Tables { get; }

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
        if (Sessions is not null)
        {
            foreach (var sentence in SessionPhrases.FormatAll(Sessions))
                yield return sentence;
            if (Runs is [var one])
            {
                foreach (var verdict in one.Verdicts)
                    yield return VerdictPhrases.Format(verdict);
            }
            yield break;
        }
        var findings = SummaryFindings.Create(Runs[0], Systems is null ? [] : Runs);
        foreach (var finding in findings)
            yield return finding.Headline;
        foreach (var verdict in Systems?.Verdicts ?? Runs[0].Verdicts)
            yield return VerdictPhrases.Format(verdict);
    }

    private IEnumerable<ExportFigure> CreateFigures()
    {
        if (Sessions is not null)
        {
            yield return new("sessions-ttft", SessionTurnsChart.Create(Runs));
            yield return new("sessions-users", UsersWallChart.Create(Runs));
            foreach (var figure in CreateMachineFigures(Runs[^1]))
                yield return figure;
            yield break;
        }
        if (Systems is not null)
        {
            yield return new("memory-wall", WallChart.Create(Runs));
            yield return new("ttft-and-generation", ContextChart.Create(Runs, title: null, ContextChart.Ttft, ContextChart.Generation));
            if (Runs is [var first, var second])
                yield return new("ratios",
                    CompareChart.Create(Comparison.Compare(first, second, margin: null), first, second));
            // One forecast is drawn for all runs.
            if (Runs.Select(run => run.Manifest.Target.Model).Distinct().Count() == 1)
                yield return new("kv-cache", KvCacheChart.Create(Runs, additionalTypes: null));
            // The systems that are furthest apart; each has a machine and a name of its own.
            var names = RunLabels.Create([.. Runs.Select(run => run.Run)]);
            foreach (var (run, name, file) in new[] { (Runs[0], names[0], "first"), (Runs[^1], names[^1], "last") })
                foreach (var figure in CreateMachineFigures(run))
                    yield return new($"{figure.Name}-{file}", figure.Chart with { Title = $"{name}: {figure.Chart.Title}" });
            yield break;
        }
        var only = Runs[0];
        yield return new("ttft", ContextChart.Create(Runs, title: null, ContextChart.Ttft));
        yield return new("ttft-steps", TtftStepsChart.Create(only));
        yield return new("rates", ContextChart.Create(Runs, title: null, ContextChart.Prefill, ContextChart.Generation));
        yield return new("phase-share", PhaseShareChart.Create(only));
        if (only.WallVerdict.Position != WallPosition.Unknown)
            yield return new("memory-wall", WallChart.Create(Runs));
        yield return new("kv-cache", KvCacheChart.Create(Runs, additionalTypes: null));
        foreach (var figure in CreateMachineFigures(only))
            yield return figure;
        yield return new("roofline", RooflineChart.Create(only));
        yield return new("dominance", DominanceChart.Create(only));
        yield return new("inter-token-time", InterTokenChart.Create(only));
    }

    // What the run did to the machine.
    private static IEnumerable<ExportFigure> CreateMachineFigures(RunReport run)
    {
        yield return new("placement", PlacementChart.Create(run));
        if (run.Run.Trials.Any(trial => !trial.Flags.HasFlag(TrialFlags.Warmup)))
            yield return new("memory-timeline", TimelineChart.CreateMemory(run, TrialSelection.FindMostRelevant(run)));
        yield return new("utilization", UtilizationChart.Create(run));
    }

    private IEnumerable<ExportTable> CreateTables()
    {
        var sample = SampleMark.Describe([.. Runs.Select(run => run.Run)]);
        if (Sessions is not null)
        {
            yield return new(SessionPhrases.FormatAll(Sessions).FirstOrDefault(), ExportPhrases.SessionsTitle, sample,
                SessionTables.Create(Sessions));
            if (SessionTables.CreateTurns(Sessions) is { } turns)
                yield return new(null, ExportPhrases.TurnsTitle, sample, turns);
            yield break;
        }
        yield return Systems is not null
            ? new(Systems.Verdicts.Select(VerdictPhrases.Format).FirstOrDefault(), ExportPhrases.SystemsTitle, sample,
                SystemsTable.Create(Systems))
            : new(Runs[0].Verdicts.Select(VerdictPhrases.Format).FirstOrDefault(), ExportPhrases.TrialsTitle, sample,
                TrialTable.Create(Runs[0].Trials, withNumbers: true));
        if (Systems is null && TtftTable.Create(Runs[0].Contexts) is { } steps)
            yield return new(null, ExportPhrases.TtftTitle, sample, steps);
    }
}
