namespace MemoryWall.Cli.Jupyter;

/// <summary>The folder in which Jupyter looks for a user's kernels.</summary>
internal static class JupyterFolders
{
    /// <summary>The folder of this user.</summary>
    public static string GetKernelsFolder() =>
        GetKernelsFolder(GetCurrentPlatform(), Environment.GetEnvironmentVariable,
            Environment.GetFolderPath(Environment.SpecialFolder.UserProfile));

    /// <param name="platform">The platform whose rules apply.</param>
    /// <param name="variable">Reads an environment variable.</param>
    /// <param name="home">The user's home folder.</param>
    public static string GetKernelsFolder(JupyterPlatform platform, Func<string, string?> variable, string home)
    {
        string? Read(string name) => variable(name) is { Length: > 0 } value ? value : null;
        var data = Read("JUPYTER_DATA_DIR") ?? platform switch
        {
            JupyterPlatform.Windows => Path.Combine(Read("APPDATA") ?? Path.Combine(home, "AppData", "Roaming"), "jupyter"),
            JupyterPlatform.MacOs => Path.Combine(home, "Library", "Jupyter"),
            _ => Path.Combine(Read("XDG_DATA_HOME") ?? Path.Combine(home, ".local", "share"), "jupyter"),
        };
        return Path.Combine(Path.GetFullPath(data), "kernels");
    }

    private static JupyterPlatform GetCurrentPlatform() =>
        OperatingSystem.IsWindows() ? JupyterPlatform.Windows
        : OperatingSystem.IsMacOS() ? JupyterPlatform.MacOs : JupyterPlatform.Linux;
}

internal enum JupyterPlatform
{
    Linux,
    MacOs,
    Windows,
}
