namespace MemoryWall.Notebooks;

/// <summary>Where things lie: beside this library, or in the checkout around it.</summary>
internal static class Checkout
{
    /// <summary>Names another folder for runs; the command line knows it too.</summary>
    private const string RunsVariable = "MEMWALL_RUNS";

    /// <summary>The folder of this library, which a kernel loads by its path.</summary>
    public static string LibraryFolder =>
        Path.GetDirectoryName(typeof(Checkout).Assembly.Location) is { Length: > 0 } folder ? folder : AppContext.BaseDirectory;

    /// <summary>The checkout that holds the current folder or this library; the current folder where there is none.</summary>
    public static string Root => FindAbove(Directory.GetCurrentDirectory()) ?? FindAbove(LibraryFolder) ?? Directory.GetCurrentDirectory();

    public static string Data => Path.Combine(Root, "data");

    public static string Runs =>
        Environment.GetEnvironmentVariable(RunsVariable) is { Length: > 0 } named ? Path.GetFullPath(named) : Path.Combine(Data, "runs");

    private static string? FindAbove(string start)
    {
        for (var folder = new DirectoryInfo(start); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Analysis.sln")))
                return folder.FullName;
        }
        return null;
    }
}
