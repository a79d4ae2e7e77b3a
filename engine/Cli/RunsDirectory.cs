namespace MemoryWall.Cli;

/// <summary>Where runs are kept.</summary>
internal static class RunsDirectory
{
    /// <summary>Names another place.</summary>
    public const string EnvironmentVariable = "MEMWALL_RUNS";

    /// <summary>The option, else the variable, else <c>data/runs</c> of the checkout that holds this folder, else of this folder.</summary>
    public static string Resolve(string? option)
    {
        if (!string.IsNullOrEmpty(option))
            return Path.GetFullPath(option);
        if (Environment.GetEnvironmentVariable(EnvironmentVariable) is { Length: > 0 } named)
            return Path.GetFullPath(named);
        var here = Directory.GetCurrentDirectory();
        for (var directory = new DirectoryInfo(here); directory is not null; directory = directory.Parent)
            if (File.Exists(Path.Combine(directory.FullName, "Analysis.sln")))
                return Path.Combine(directory.FullName, "data", "runs");
        return Path.Combine(here, "data", "runs");
    }
}
