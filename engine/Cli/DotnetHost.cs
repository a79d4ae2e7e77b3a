using System.Runtime.InteropServices;

namespace MemoryWall.Cli;

/// <summary>The .NET installation that runs this process.</summary>
internal static class DotnetHost
{
    /// <summary>Its folder; absent where it cannot be told.</summary>
    public static string? Root
    {
        get
        {
            // <root>/shared/Microsoft.NETCore.App/<version>/ is where a shared runtime lies.
            var shared = Directory.GetParent(Path.TrimEndingDirectorySeparator(RuntimeEnvironment.GetRuntimeDirectory()))?.Parent;
            return shared is { Name: "shared", Parent: { } root } ? root.FullName : null;
        }
    }

    /// <summary>The <c>dotnet</c> program by its full path, else by its name.</summary>
    public static string Program
    {
        get
        {
            var name = OperatingSystem.IsWindows() ? "dotnet.exe" : "dotnet";
            return Root is { } root && Path.Combine(root, name) is var path && File.Exists(path) ? path : "dotnet";
        }
    }
}
