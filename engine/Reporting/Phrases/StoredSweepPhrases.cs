using MemoryWall.Core;
using MemoryWall.Reporting.Formats;

namespace MemoryWall.Reporting.Phrases;

/// <summary>Sentences about runs that are found on disk instead of being measured again.</summary>
internal static class StoredSweepPhrases
{
    /// <summary>Which run is used instead of a new one.</summary>
    /// <param name="run">The run.</param>
    /// <param name="isFinished">Whether it ran to its end; otherwise it is continued.</param>
    public static string Format(RunManifest run, bool isFinished) => isFinished
        ? $"{Describe(run)} measured this already and is shown instead. To measure anew, set MeasureAgain = true in the options."
        : $"{Describe(run)} was interrupted and is continued; its finished trials are kept. To start anew, set MeasureAgain = true in the "
            + "options.";

    /// <summary>Which runs a growing sweep goes on from.</summary>
    public static string FormatFound(IReadOnlyList<RunManifest> runs) =>
        $"Found on disk: {string.Join(", ", runs.Select(run => run.RunId))}. Their completed contexts are not measured again; to measure "
        + "them anew, use Sweep.On(…, measureAgain: true).";

    /// <summary>Why a system of a comparison is missing.</summary>
    public static string FormatFailure(string system, string reason) => $"{WordFormat.SingleLine(system)}: {reason}";

    /// <summary>What remains of a measurement that the user stopped.</summary>
    /// <param name="runId">Its last run; null if none was begun.</param>
    public static string FormatStopped(string? runId) => runId is null
        ? "The measurement was stopped before its first trial."
        : $"The measurement was stopped; its finished trials are in run {runId}, and Sweep.ResumeAsync(\"{runId}\") continues it.";

    private static string Describe(RunManifest run) =>
        $"Run {run.RunId}{(run.Plan.System is { } system ? $" ({WordFormat.SingleLine(system)})" : "")}";
}
