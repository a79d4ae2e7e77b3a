using System.Runtime.InteropServices;

namespace MemoryWall.Cli.Host;

/// <summary>The .NET installation that runs this process.</summary>
internal static class DotnetHost
{
    /// <summary>The full path of the <c>dotnet</c> program; only its name where the installation cannot be found.</summary>
    public static string Program
    {
        get
        {
            var name = OperatingSystem.IsWindows() ? "dotnet.exe" : "dotnet";
            return Root is { } root && Path.Combine(root, name) is var path && File.Exists(path) ? path : "dotnet";
        }
    }

    /// <summary>The command that starts this program again, for a shell of another machine with the same paths.</summary>
    public static IReadOnlyList<string> ThisProgram => [Program, "exec", typeof(DotnetHost).Assembly.Location];

    private static string? Root
    {
        get
        {
            // The shared runtime is in <root>/shared/Microsoft.NETCore.App/<version>/.
            var shared = Directory.GetParent(Path.TrimEndingDirectorySeparator(RuntimeEnvironment.GetRuntimeDirectory()))?.Parent;
            return shared is { Name: "shared", Parent: { } root } ? root.FullName : null;
        }
    }
}
