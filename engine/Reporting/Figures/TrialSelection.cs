using MemoryWall.Analysis.Reports;
using MemoryWall.Analysis.Walls;
using MemoryWall.Core.Trials;

namespace MemoryWall.Reporting.Figures;

/// <summary>Selects a trial of a run.</summary>
internal static class TrialSelection
{
    /// <summary>The number of the most informative trial: the first one beyond the memory wall or, if there is none, the last completed one
    /// at the largest context.</summary>
    public static int FindMostRelevant(RunReport run)
    {
        var measured = run.Run.Trials.Where(trial => !trial.Flags.HasFlag(TrialFlags.Warmup)).ToList();
        if (measured.Count == 0)
            throw new ArgumentException($"run {run.Manifest.RunId} has no measured trial", nameof(run));
        var beyond = run.Wall.Regimes.Where(
            regime => regime.Regime is MemoryRegime.Thrashing or MemoryRegime.OutOfMemory or MemoryRegime.Slowed)
            .Select(regime => regime.Trial).ToHashSet();
        return (measured.Where(trial => beyond.Contains(trial.Number) && trial.Client.Sent is not null).MinBy(trial => trial.ContextTokens)
            ?? measured.Where(trial => trial.Outcome.IsCompleted).DefaultIfEmpty(measured[^1]).OrderBy(trial => trial.ContextTokens)
                .Last()).Number;
    }
}
