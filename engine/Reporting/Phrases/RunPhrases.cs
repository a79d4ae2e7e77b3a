using MemoryWall.Reporting.Formats;
using MemoryWall.Runs;

namespace MemoryWall.Reporting.Phrases;

/// <summary>A stored run in words.</summary>
internal static class RunPhrases
{
    /// <summary>The run with its label, its model and its age, in one line.</summary>
    /// <param name="run">The run.</param>
    /// <param name="now">The present, with the offset of the reader's time zone.</param>
    public static string FormatInOneLine(RunSummary run, DateTimeOffset now)
    {
        if (run.Manifest is not { } manifest)
            return $"{run.Id}, which cannot be read";
        var label = manifest.Label is { } known ? $"“{WordFormat.SingleLine(known)}”, " : "";
        return $"{run.Id}: {label}{WordFormat.SingleLine(manifest.Target.Model)}, {DateFormat.InWords(manifest.StartedUtc, now)}, "
            + WordFormat.Count(run.Trials, "trial");
    }
}
