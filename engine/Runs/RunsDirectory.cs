namespace MemoryWall.Runs;

/// <summary>The folder that runs are stored in.</summary>
internal static class RunsDirectory
{
    /// <summary>The environment variable that names another folder.</summary>
    public const string EnvironmentVariable = "MEMWALL_RUNS";

    /// <summary>The folder that the environment variable names, as a full path; null where it is not set.</summary>
    public static string? FromEnvironment =>
        Environment.GetEnvironmentVariable(EnvironmentVariable) is { Length: > 0 } named ? Path.GetFullPath(named) : null;

    /// <summary>The option, else the environment variable, else <c>data/runs</c> of the checkout around the current folder, else of the
    /// current folder.</summary>
    /// <param name="option">The folder that the user named; null or empty where none was named.</param>
    public static string Resolve(string? option)
    {
        if (!string.IsNullOrEmpty(option))
            return Path.GetFullPath(option);
        var current = Directory.GetCurrentDirectory();
        return FromEnvironment ?? Path.Combine(Checkout.FindAbove(current) ?? current, "data", "runs");
    }
}
