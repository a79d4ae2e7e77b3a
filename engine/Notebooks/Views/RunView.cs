using MemoryWall.Analysis.Reports;
using MemoryWall.Analysis.Sessions;
using MemoryWall.Reporting.Formats;
using MemoryWall.Reporting.Phrases;
using MemoryWall.Reporting.Tables;

namespace MemoryWall.Notebooks.Views;

/// <summary>A run: what was measured, its trials and its verdicts.</summary>
internal static class RunView
{
    public static View Create(RunReport analyzed)
    {
        var (run, analysis) = (analyzed.Run, analyzed);
        var view = new View()
            .AddHeading($"run {run.Manifest.RunId}: {RunLabels.Create(run)}")
            .AddLine(
                $"{MachineLabel.Create(run.Manifest.Machine)} · engine {WordFormat.Version(run.Manifest.EngineVersion)} "
                + $"· started {RunLabels.FormatStart(run)}")
            .AddTable(TrialTable.Create(analysis.Trials, withNumbers: true));
        if (TrialTable.FormatWarmups(analysis.Trials) is { } warmups)
            view.AddLine(warmups);
        if (SessionReport.IsFor(analysis))
            SessionsView.AddTo(view, SessionReport.Create([analysis]));
        if (TtftTable.Create(analysis.Contexts) is { } steps)
            view.AddTable(steps).AddLine(TtftTable.DescribeColumns(analysis.Contexts));
        return view.AddItems(analysis.Verdicts.Select(VerdictPhrases.WithTrials))
            .AddItems(ReadWarningPhrases.Format(run.ReadWarnings));
    }
}
