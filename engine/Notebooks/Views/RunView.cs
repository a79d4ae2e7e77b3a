using MemoryWall.Analysis.Reports;
using MemoryWall.Core;
using MemoryWall.Core.Trials;
using MemoryWall.Reporting.Phrases;

namespace MemoryWall.Notebooks.Views;

/// <summary>A run: what was measured, its trials and its verdicts.</summary>
internal static class RunView
{
    private const int MaxFindings = 3;

    public static View Create(RunReport analyzed)
    {
        var (run, analysis) = (analyzed.Run, analyzed);
        var view = new View()
            .AddHeading($"run {run.Manifest.RunId}: {RunLabels.Create(run)}")
            .AddLine(
                $"{MachineLabel.Create(run.Manifest.Machine)} · engine {run.Manifest.EngineVersion} "
                + $"· started {RunLabels.FormatStart(run)}")
            .AddTable(TrialsView.CreateTable(analysis.Trials));
        var warmups = run.Trials.Count(trial => trial.Flags.HasFlag(TrialFlags.Warmup));
        if (warmups > 0)
            view.AddLine(warmups == 1 ? "1 warm-up trial is stored but not shown." : $"{warmups} warm-up trials are stored but not shown.");
        return view.AddItems(analysis.Verdicts.Select(VerdictsView.FormatSentence)).AddItems(FormatFindings(run));
    }

    // A run of an older version has a warning for each column that was added since.
    private static IEnumerable<string> FormatFindings(Run run) => run.ReadWarnings.Count <= MaxFindings
        ? run.ReadWarnings.Select(finding => $"warning: {finding}")
        : [.. run.ReadWarnings.Take(MaxFindings).Select(finding => $"warning: {finding}"),
            $"warning: … and {run.ReadWarnings.Count - MaxFindings} more"];
}
