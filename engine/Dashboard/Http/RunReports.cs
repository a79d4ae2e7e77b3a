using MemoryWall.Runs;

namespace MemoryWall.Dashboard.Http;

/// <summary>Finds the page that <c>memwall report</c> or <c>memwall study</c> has made of a run.</summary>
internal static class RunReports
{
    private const string Pattern = "*.html";

    /// <summary>The page's file; null where there is none.</summary>
    /// <param name="runsFolder">The folder of the runs.</param>
    /// <param name="id">The run's id.</param>
    public static string? Find(string runsFolder, string id)
    {
        var reports = Path.Combine(Checkout.FindAbove(runsFolder) ?? FindFolderOfData(runsFolder) ?? runsFolder, "reports");
        if (!Directory.Exists(reports))
            return null;
        // The folder of a report is named after its runs.
        return Directory.EnumerateDirectories(reports).Where(folder => Path.GetFileName(folder).Split('+').Contains(id))
            .SelectMany(folder => Directory.EnumerateFiles(folder, Pattern))
            .OrderByDescending(file => Path.GetFileName(file) == "index.html").ThenBy(file => file, StringComparer.Ordinal)
            .FirstOrDefault();
    }

    // Outside of a checkout runs go to data/runs of a folder, and reports to reports beside data.
    private static string? FindFolderOfData(string runsFolder)
    {
        var folder = new DirectoryInfo(Path.TrimEndingDirectorySeparator(Path.GetFullPath(runsFolder)));
        return folder is { Name: "runs", Parent: { Name: "data", Parent: { } root } } ? root.FullName : null;
    }
}
