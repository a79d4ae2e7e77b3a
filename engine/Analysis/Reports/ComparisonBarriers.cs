using MemoryWall.Analysis.Comparisons;
using MemoryWall.Core.Trials;

namespace MemoryWall.Analysis.Reports;

/// <summary>Decides whether two runs can be compared.</summary>
internal static class ComparisonBarriers
{
    /// <summary>What keeps two runs from being compared; null where nothing does.</summary>
    public static ComparisonBarrier? Find(ComparedRun one, ComparedRun other)
    {
        ArgumentNullException.ThrowIfNull(one);
        ArgumentNullException.ThrowIfNull(other);
        if (!RunDifferences.AreOfOneModel(one.Report.Manifest, other.Report.Manifest))
            return ComparisonBarrier.Model;
        if (one.Contexts.Count > 0 && other.Contexts.Count > 0 && IsSpeculative(one) is { } first
            && IsSpeculative(other) is { } second && first != second)
            return ComparisonBarrier.Speculation;
        var (methods, others) = (one.Contexts.Keys.Select(key => key.Method), other.Contexts.Keys.Select(key => key.Method));
        return one.Contexts.Count > 0 && other.Contexts.Count > 0 && !methods.Intersect(others).Any() ? ComparisonBarrier.Method : null;
    }

    // Trials that all failed do not show that a server does not speculate.
    private static bool? IsSpeculative(ComparedRun run) => run.Report.Trials.Any(view => view.Trial.Flags.HasFlag(TrialFlags.Speculative))
        ? true
        : run.Report.Trials.Any(view => view.Trial.Outcome.IsCompleted) ? false : null;
}
