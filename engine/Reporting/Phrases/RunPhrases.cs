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

    /// <summary>The run has another label.</summary>
    public static string FormatRenamed(string id, string? label) =>
        label is null ? $"{id} has no label now" : $"{id} is now “{WordFormat.SingleLine(label)}”";

    /// <summary>The run has another note.</summary>
    public static string FormatNoted(string id, string? note) =>
        note is null ? $"{id} has no note now" : $"{id} has the note “{WordFormat.SingleLine(note)}”";

    /// <summary>The run is in the archive, or out of it.</summary>
    public static string FormatArchived(string id, bool isArchived) => isArchived
        ? $"{id} is archived; memwall runs list --all shows it, and runs archive --undo takes it out"
        : $"{id} is out of the archive";

    /// <summary>The run does not exist any more.</summary>
    public static string FormatRemoved(string id) => $"{id} is removed";
}
