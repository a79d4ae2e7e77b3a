using MemoryWall.Charts;
using MemoryWall.Core;

namespace MemoryWall.Reporting.Figures;

/// <summary>Marks pictures of sample runs, which a reader must not take for measurements of their own.</summary>
internal static class SampleMark
{
    /// <summary>What is written where every run is a sample.</summary>
    public const string AllSamples = "Sample data, not measured on your machine";

    /// <summary>What is written where only some runs are samples.</summary>
    public const string SomeSamples = "Partly sample data, not measured on your machine";

    /// <summary>The chart with a badge if a run of it is a sample.</summary>
    public static Chart Apply(Chart chart, IReadOnlyList<Run> runs)
    {
        ArgumentNullException.ThrowIfNull(chart);
        return Apply(chart, runs.Count(run => run.IsSample), runs.Count);
    }

    /// <summary>The chart with a badge if a run of it is a sample.</summary>
    /// <param name="chart">The chart.</param>
    /// <param name="samples">How many of its runs are samples.</param>
    /// <param name="runs">How many runs it has.</param>
    public static Chart Apply(Chart chart, int samples, int runs) =>
        Describe(samples, runs) is { } badge ? chart with { Badge = badge } : chart;

    /// <summary>Which of the runs are samples, in words; null where none is.</summary>
    public static string? Describe(IReadOnlyList<Run> runs)
    {
        ArgumentNullException.ThrowIfNull(runs);
        return Describe(runs.Count(run => run.IsSample), runs.Count);
    }

    private static string? Describe(int samples, int runs) => samples == 0 ? null : samples == runs ? AllSamples : SomeSamples;
}
