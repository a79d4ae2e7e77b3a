namespace MemoryWall.Embedded;

/// <summary>Where generated files are kept between runs: the user's cache folder, by the habits of each system.</summary>
internal static class CacheFolder
{
    /// <summary>The environment variable that names another folder.</summary>
    public const string Variable = "MEMWALL_CACHE";

    private enum Family
    {
        Unix,
        Windows,
        MacOs,
    }

    /// <summary>The folder, created where it was missing.</summary>
    /// <exception cref="IOException">It cannot be created.</exception>
    public static string Ensure()
    {
        var folder = Resolve(Environment.GetEnvironmentVariable, Environment.GetFolderPath);
        try
        {
            return Created(folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            if (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } chosen)
                throw new IOException($"{Variable} is '{chosen}', which cannot be created: {e.Message}", e);
            return Created(Temporary()); // A home that cannot be written, as some containers and services have it.
        }
    }

    /// <summary>The folder that is meant, by the environment alone.</summary>
    public static string Resolve(Func<string, string?> variable, Func<Environment.SpecialFolder, string> known)
    {
        if (variable(Variable) is { Length: > 0 } chosen)
            return Path.GetFullPath(chosen);
        var family = OperatingSystem.IsWindows() ? Family.Windows : OperatingSystem.IsMacOS() ? Family.MacOs : Family.Unix;
        var home = variable("HOME") is { Length: > 0 } told ? told : known(Environment.SpecialFolder.UserProfile);
        var parent = family switch
        {
            Family.Windows => known(Environment.SpecialFolder.LocalApplicationData),
            Family.MacOs => Below(home, "Library", "Caches"),
            // The XDG base directory specification: a relative path is to be ignored.
            _ => variable("XDG_CACHE_HOME") is { Length: > 0 } xdg && Path.IsPathFullyQualified(xdg) ? xdg : Below(home, ".cache"),
        };
        return Path.IsPathFullyQualified(parent) ? Path.Combine(parent, "memwall") : Temporary();
    }

    private static string Below(string home, params string[] parts) => home.Length == 0 ? "" : Path.Combine([home, .. parts]);

    private static string Temporary() => Path.Combine(Path.GetTempPath(), "memwall-" + Environment.UserName);

    private static string Created(string folder)
    {
        if (OperatingSystem.IsWindows())
            Directory.CreateDirectory(folder);
        else
            Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return folder;
    }
}
