using MemoryWall.Analysis.Reports;
using MemoryWall.Analysis.Sessions;
using MemoryWall.Analysis.Telemetry;
using MemoryWall.Reporting.Formats;
using MemoryWall.Reporting.Phrases;
using MemoryWall.Reporting.Tables;
using Spectre.Console;

namespace MemoryWall.Cli.Views;

/// <summary>A run as text: the server and the machine, the tables, and the verdicts with their evidence.</summary>
internal static class RunReportWriter
{
    public static void Write(IAnsiConsole console, RunReport report)
    {
        var target = report.Manifest.Target;
        var version = target.ServerVersion is { } known ? $" ({WordFormat.SingleLine(WordFormat.Version(known))})" : "";
        console.WriteLine($"run {report.Manifest.RunId}, {target.Kind} {WordFormat.SingleLine(target.Model)}{version}");
        if (RunLabels.FormatLabelAndNote(report.Manifest) is { } label)
            console.WriteLine(label);
        console.WriteLine(MachineLabel.Create(report.Manifest.Machine));
        WriteTrials(console, report);
        if (ContextTable.Create(report.Contexts) is { } medians)
        {
            TerminalTable.Write(console, medians);
            console.WriteLine(ContextTable.Legend);
        }
        if (TtftTable.Create(report.Contexts) is { } steps)
        {
            TerminalTable.Write(console, steps);
            console.WriteLine(TtftTable.DescribeColumns(report.Contexts));
        }
        if (ContextTable.CreateInterTokenTimes(report.Contexts) is { } times)
            TerminalTable.Write(console, times);
        foreach (var missing in InterTokenPhrases.FormatMissing(report.Contexts))
            console.WriteLine(missing);
        if (ResumeTable.Create(report.ResumeGains) is { } gains)
            TerminalTable.Write(console, gains);
        foreach (var level in report.ConcurrencySummaries)
            console.WriteLine(ConcurrencyPhrases.Format(level));
        // A phase whose bottleneck is unknown is in the JSON only.
        var clear = report.Phases.Where(phase => phase.Verdicts.Any(verdict => verdict.Limit != PhaseLimit.Unclear));
        foreach (var phase in PhasePhrases.Format(clear))
            console.WriteLine(phase);
        foreach (var verdict in report.Verdicts)
            console.WriteLine($"• {VerdictPhrases.WithTrials(verdict)}");
        foreach (var fit in FitPhrases.Format(report))
            console.WriteLine(fit);
        foreach (var warning in ReadWarningPhrases.Format(report.Run.ReadWarnings))
            console.WriteLine(warning);
    }

    // Conversations have hundreds of turns, and tables of their own.
    private static void WriteTrials(IAnsiConsole console, RunReport report)
    {
        var hasSessions = SessionReport.IsFor(report);
        var shown = hasSessions ? [.. report.Trials.Where(view => !view.Trial.Outcome.IsCompleted)] : report.Trials;
        if (shown.Count > 0 || !hasSessions)
            TerminalTable.Write(console, TrialTable.Create(shown, withNumbers: false));
        if (hasSessions && TrialTable.FormatCompletedTurns(report.Trials) is { } turns)
            console.WriteLine(turns);
        if (TrialTable.FormatWarmups(report.Trials) is { } warmups)
            console.WriteLine(warmups);
        if (hasSessions)
            SessionReportWriter.Write(console, SessionReport.Create([report]));
    }
}
