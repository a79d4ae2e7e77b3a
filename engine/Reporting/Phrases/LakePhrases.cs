using MemoryWall.Reporting.Formats;

namespace MemoryWall.Reporting.Phrases;

/// <summary>What happens to a lake, in words.</summary>
internal static class LakePhrases
{
    private const int MaxDetails = 5;

    /// <summary>A run that the lake did not have.</summary>
    public static string FormatAdded(string run) => $"{run} added";

    /// <summary>A run that had changed.</summary>
    public static string FormatReplaced(string run) => $"{run} replaced: it has changed since it was added";

    /// <summary>A run that is as it was.</summary>
    public static string FormatUnchanged(string run) => $"{run} unchanged";

    /// <summary>Columns of telemetry that are not in the lake.</summary>
    public static string FormatLeftOut(string run, IReadOnlyList<string> columns) =>
        $"{run}: columns of its telemetry are left out, because no sampler gives such names: "
        + string.Join(", ", columns.Take(MaxDetails).Select(name => WordFormat.SingleLine(name)))
        + (columns.Count > MaxDetails ? ", …" : "");

    /// <summary>A file or folder that is not read.</summary>
    public static string FormatProblem(string path, string reason) => WordFormat.SingleLine($"{path}: {reason}");

    /// <summary>The problems beyond those that are named; null for none.</summary>
    public static string? FormatFurtherProblems(int count) => count > 0 ? $"… and {WordFormat.Count(count, "further file")}" : null;

    /// <summary>A result that has more rows.</summary>
    public static string FormatTruncated(long rows) =>
        $"Only the first {WordFormat.Count((int)rows, "row")} are shown: the result has more; --rows takes another number.";

    /// <summary>Files that slow every query.</summary>
    public static string FormatManyFiles(int files) =>
        $"Each table has {NumberFormat.Tokens(files)} files, which takes most of the time of a query; memwall lake compact packs them.";

    /// <summary>What a compaction did.</summary>
    public static string FormatCompacted(int packs, int runs, int filesBefore, int filesAfter) => packs == 0
        ? "There is nothing to pack."
        : $"{WordFormat.Count(runs, "run")} are in {WordFormat.Count(packs, "new pack")}; each table had "
            + $"{WordFormat.Count(filesBefore, "file")} and has {NumberFormat.Tokens(filesAfter)}.";
}
