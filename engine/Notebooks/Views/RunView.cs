using MemoryWall.Facts;
using MemoryWall.Notebooks.Figures;

namespace MemoryWall.Notebooks.Views;

/// <summary>A run: what it was, its trials, its verdicts.</summary>
internal static class RunView
{
    private const int MostFindings = 3;

    public static View Of(Run run)
    {
        var analysis = Runs.Analysis(run);
        var view = new View()
            .Head($"run {run.Manifest.RunId}: {RunLabels.Of(run)}")
            .Line($"{MachineView.Line(run.Manifest.Machine)} · engine {run.Manifest.EngineVersion} · started {run.Manifest.StartedUtc.UtcDateTime.ToString("yyyy-MM-dd HH:mm 'UTC'", System.Globalization.CultureInfo.InvariantCulture)}")
            .Table(TrialsView.Table(analysis.Trials));
        var warmups = run.Trials.Count(trial => trial.Flags.HasFlag(TrialFlags.Warmup));
        if (warmups > 0)
            view.Line($"{warmups} warm-up(s) stored, not shown.");
        return view.Items(analysis.Verdicts.Select(VerdictsView.Sentence)).Items(Findings(run));
    }

    // A run of an older version lacks each column that came since.
    private static IEnumerable<string> Findings(Run run) => run.ReadWarnings.Count <= MostFindings
        ? run.ReadWarnings.Select(finding => $"while reading: {finding}")
        : [.. run.ReadWarnings.Take(MostFindings).Select(finding => $"while reading: {finding}"), $"while reading: … and {run.ReadWarnings.Count - MostFindings} more"];
}
