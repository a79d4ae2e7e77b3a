using MemoryWall.Core;
using MemoryWall.Core.Trials;
using MemoryWall.Notebooks.Figures;

namespace MemoryWall.Notebooks.Views;

/// <summary>A run: what it was, its trials, its verdicts.</summary>
internal static class RunView
{
    private const int MaxFindings = 3;

    public static View Create(Run run)
    {
        var analysis = Runs.Analysis(run);
        var view = new View()
            .AddHeading($"run {run.Manifest.RunId}: {RunLabels.Create(run)}")
            .AddLine(
                $"{MachineView.FormatSummary(run.Manifest.Machine)} · engine {run.Manifest.EngineVersion} · started {run.Manifest.StartedUtc.UtcDateTime.ToString("yyyy-MM-dd HH:mm 'UTC'", System.Globalization.CultureInfo.InvariantCulture)}")
            .AddTable(TrialsView.CreateTable(analysis.Trials));
        var warmups = run.Trials.Count(trial => trial.Flags.HasFlag(TrialFlags.Warmup));
        if (warmups > 0)
            view.AddLine($"{warmups} warm-up(s) stored, not shown.");
        return view.AddItems(analysis.Verdicts.Select(VerdictsView.FormatSentence)).AddItems(FormatFindings(run));
    }

    // A run of an older version lacks each column that came since.
    private static IEnumerable<string> FormatFindings(Run run) => run.ReadWarnings.Count <= MaxFindings
        ? run.ReadWarnings.Select(finding => $"while reading: {finding}")
        : [.. run.ReadWarnings.Take(MaxFindings).Select(finding => $"while reading: {finding}"),
            $"while reading: … and {run.ReadWarnings.Count - MaxFindings} more"];
}
