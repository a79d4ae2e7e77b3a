namespace MemoryWall.Core.Files;

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
    /// <exception cref="IOException">It cannot be created, or the one in the temporary folder belongs to another user.</exception>
    public static string Ensure()
    {
        var folder = Resolve(Environment.GetEnvironmentVariable, Environment.GetFolderPath);
        try
        {
            return folder == TemporaryFolder() ? CreatePrivate(folder) : CreateFolder(folder);
        }
        catch (Exception e) when ((e is IOException or UnauthorizedAccessException) && folder != TemporaryFolder())
        {
            if (Environment.GetEnvironmentVariable(EnvironmentVariable) is { Length: > 0 } chosen)
                throw new IOException($"{EnvironmentVariable} is '{chosen}', which cannot be created: {e.Message}", e);
            return CreatePrivate(TemporaryFolder()); // The home folder is read-only, as in some containers and services.
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

    /// <summary>Creates a folder below one that every user can write, or takes the one that is there if it is this user's alone: who
    /// could write it could exchange the models.</summary>
    /// <exception cref="IOException">It cannot be created, or it is not this user's alone.</exception>
    internal static string CreatePrivate(string folder)
    {
        CreateFolder(folder);
        var problem = FileFacts.Read(folder) switch
        {
            null or { Kind: not FileKind.Folder } => "is no folder",
            { Owner: { } owner } when owner != FileFacts.ThisUser => "belongs to another user",
            { IsWritableByOthers: true } => "can be written by other users",
            _ => null,
        };
        return problem is null ? folder
            : throw new IOException($"the cache folder '{folder}' {problem}; name one of your own with {EnvironmentVariable}");
    }

    private static string CreateFolder(string folder)
    {
        if (OperatingSystem.IsWindows())
            Directory.CreateDirectory(folder);
        else
            Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return folder;
    }
}
