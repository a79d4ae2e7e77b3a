namespace MemoryWall.Models.Synthetic;

/// <summary>Locates the folder for generated files: the user's cache folder, by the convention of each system.</summary>
internal static class CacheFolder
{
    /// <summary>The environment variable that overrides the folder.</summary>
    public const string EnvironmentVariable = "MEMWALL_CACHE";

    private enum Family
    {
        Unix,
        Windows,
        MacOs,
    }

    /// <summary>Returns the folder; creates it if it is missing.</summary>
    /// <exception cref="IOException">It cannot be created.</exception>
    public static string Ensure()
    {
        var folder = Resolve(Environment.GetEnvironmentVariable, Environment.GetFolderPath);
        try
        {
            return CreateFolder(folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            if (Environment.GetEnvironmentVariable(EnvironmentVariable) is { Length: > 0 } chosen)
                throw new IOException($"{EnvironmentVariable} is '{chosen}', which cannot be created: {e.Message}", e);
            return CreateFolder(TemporaryFolder()); // The home folder is read-only, as in some containers and services.
        }
    }

    /// <summary>The folder that the environment specifies.</summary>
    public static string Resolve(Func<string, string?> getVariable, Func<Environment.SpecialFolder, string> getKnownFolder)
    {
        if (getVariable(EnvironmentVariable) is { Length: > 0 } chosen)
            return Path.GetFullPath(chosen);
        var family = OperatingSystem.IsWindows() ? Family.Windows
            : OperatingSystem.IsMacOS() ? Family.MacOs : Family.Unix;
        var home = getVariable("HOME") is { Length: > 0 } set ? set : getKnownFolder(Environment.SpecialFolder.UserProfile);
        var parent = family switch
        {
            Family.Windows => getKnownFolder(Environment.SpecialFolder.LocalApplicationData),
            Family.MacOs => Below(home, "Library", "Caches"),
            // By the XDG base directory specification a relative path is ignored.
            _ => getVariable("XDG_CACHE_HOME") is { Length: > 0 } xdg && Path.IsPathFullyQualified(xdg) ? xdg : Below(home, ".cache"),
        };
        return Path.IsPathFullyQualified(parent) ? Path.Combine(parent, "memwall") : TemporaryFolder();
    }

    private static string Below(string home, params string[] parts) => home.Length == 0 ? "" : Path.Combine([home, .. parts]);

    private static string TemporaryFolder() => Path.Combine(Path.GetTempPath(), "memwall-" + Environment.UserName);

    private static string CreateFolder(string folder)
    {
        if (OperatingSystem.IsWindows())
            Directory.CreateDirectory(folder);
        else
            Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return folder;
    }
}
