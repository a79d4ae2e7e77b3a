using MemoryWall.Core;
using MemoryWall.Core.Trials;

namespace MemoryWall.Analysis;

/// <summary>Combines runs that differ only in their contexts.</summary>
internal static class RunCombiner
{
    /// <summary>
    /// One run with the trials of all, renumbered in order, so that medians are over all of them. Telemetry stays with the single runs,
    /// because their clocks differ.
    /// </summary>
    /// <exception cref="ArgumentException">There are no runs, or their settings or systems differ.</exception>
    public static Run Combine(IReadOnlyList<Run> runs)
    {
        ArgumentNullException.ThrowIfNull(runs);
        if (runs.Count == 0)
            throw new ArgumentException("no run was given", nameof(runs));
        if (runs.Count == 1)
            return runs[0];
        foreach (var other in runs.Skip(1))
        {
            if (RunDifferences.Find(runs[0].Manifest, other.Manifest) is [var difference, ..])
                throw new ArgumentException(
                    $"runs {runs[0].Manifest.RunId} and {other.Manifest.RunId} differ in {difference.Name} "
                        + $"({difference.First ?? "–"} and {difference.Second ?? "–"}), so their trials "
                        + "cannot be combined; compare the runs instead", nameof(runs));
        }
        var trials = new List<Trial>();
        var marks = new Dictionary<int, IReadOnlyList<StreamMark>>();
        foreach (var run in runs)
        {
            foreach (var trial in run.Trials)
            {
                var number = trials.Count + 1;
                trials.Add(trial with { Number = number });
                if (run.Marks.TryGetValue(trial.Number, out var of))
                    marks[number] = of;
            }
        }
        var plan = runs[0].Manifest.Plan with { Contexts = [.. runs.SelectMany(run => run.Manifest.Plan.Contexts).Distinct()] };
        return new Run
        {
            Manifest = runs[0].Manifest with { Plan = plan },
            Trials = trials,
            Marks = marks,
            ReadWarnings = [.. runs.SelectMany(run => run.ReadWarnings)],
            IsSample = runs.Any(run => run.IsSample),
        };
    }
}
