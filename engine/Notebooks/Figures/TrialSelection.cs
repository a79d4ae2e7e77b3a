using MemoryWall.Analysis.Walls;
using MemoryWall.Core;
using MemoryWall.Core.Trials;

namespace MemoryWall.Notebooks.Figures;

/// <summary>Choosing among trials.</summary>
internal static class TrialSelection
{
    /// <summary>The trial that says most: the first beyond the memory wall where there is one, else the last one with the largest
    /// context.</summary>
    public static int FindMostRelevant(Run run)
    {
        var measured = run.Trials.Where(trial => !trial.Flags.HasFlag(TrialFlags.Warmup)).ToList();
        if (measured.Count == 0)
            throw new ArgumentException($"run {run.Manifest.RunId} holds no measured trial", nameof(run));
        var beyond = WallAnalysis.Analyze(run)
            .Regimes.Where(regime => regime.Regime is MemoryRegime.Thrashing or MemoryRegime.OutOfMemory or MemoryRegime.Slowed)
            .Select(regime => regime.Trial).ToHashSet();
        return (measured.Where(trial => beyond.Contains(trial.Number) && trial.Client.Sent is not null).MinBy(trial => trial.ContextTokens)
            ?? measured.Where(trial => trial.Outcome.IsCompleted).DefaultIfEmpty(measured[^1]).OrderBy(trial => trial.ContextTokens)
                .Last()).Number;
    }
}
