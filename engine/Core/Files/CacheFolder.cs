using System.Globalization;

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
    /// <exception cref="IOException">It cannot be created, or other users could put files into it.</exception>
    public static string Ensure() => Ensure(Environment.GetEnvironmentVariable, Environment.GetFolderPath);

    /// <summary>Returns a folder in the cache folder; creates it if it is missing, and takes the right to write it from other
    /// users.</summary>
    /// <inheritdoc cref="Ensure()"/>
    public static string Ensure(string name) => EnsureBelow(Ensure(), name);

    /// <summary>Returns the folder that an environment specifies.</summary>
    /// <inheritdoc cref="Ensure()"/>
    internal static string Ensure(Func<string, string?> getVariable, Func<Environment.SpecialFolder, string> getKnownFolder)
    {
        var folder = Resolve(getVariable, getKnownFolder);
        if (folder == TemporaryFolder())
            return CreatePrivate(folder);
        try
        {
            CreateFolder(folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            if (getVariable(EnvironmentVariable) is { Length: > 0 } chosen)
                throw new IOException($"{EnvironmentVariable} is '{chosen}', which cannot be created: {e.Message}", e);
            return CreatePrivate(TemporaryFolder()); // The home folder is read-only, as in some containers and services.
        }
        // A link in one's own home leads to another disk of one's own.
        Check(FollowLink(folder));
        return folder;
    }

    /// <summary>Returns a folder in a cache folder.</summary>
    internal static string EnsureBelow(string cache, string name)
    {
        var folder = CreateFolder(Path.Combine(cache, name));
        var real = FollowLink(folder);
        if (!OperatingSystem.IsWindows() && FileFacts.Read(real) is { IsOwnedByThisUser: true, IsWritableByOthers: true, Mode: { } mode })
            File.SetUnixFileMode(real, mode & ~(UnixFileMode.GroupWrite | UnixFileMode.OtherWrite));
        Check(real);
        return folder;
    }

    private static string FollowLink(string folder) => Directory.ResolveLinkTarget(folder, returnFinalTarget: true)?.FullName ?? folder;

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

    private static string TemporaryFolder() => Path.Combine(Path.GetTempPath(), "memwall-" + NameUser(Environment.UserName));

    /// <summary>A name of this user that no other user has: in containers a user may be a number that no account has, and its name
    /// empty.</summary>
    internal static string NameUser(string name) =>
        name.Length > 0 ? name : FileFacts.ThisUser?.ToString(CultureInfo.InvariantCulture) ?? "";

    /// <summary>Creates a folder, or takes the one that is there if no other user can write it; a link is not followed.</summary>
    /// <exception cref="IOException">It cannot be created, or another user can write it.</exception>
    internal static string CreatePrivate(string folder)
    {
        CreateFolder(folder);
        Check(folder);
        return folder;
    }

    // Who can write the folder can exchange the models, which native code reads, and the key of the runs.
    private static void Check(string folder)
    {
        var problem = FileFacts.Read(folder) switch
        {
            null or { Kind: not FileKind.Folder } => "is no folder; remove it",
            { IsOwnedByThisUser: false } => "belongs to another user; remove it",
            { IsWritableByOthers: true } => $"can be written by other users; take this right away (chmod go-w '{folder}')",
            _ => null,
        };
        if (problem is not null)
            throw new IOException($"the cache folder '{folder}' {problem}, or name one of your own with {EnvironmentVariable}");
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
