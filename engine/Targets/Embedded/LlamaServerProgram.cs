using System.Runtime.InteropServices;
using MemoryWall.Core.Files;

namespace MemoryWall.Targets.Embedded;

/// <summary>The embedded server's program and how to start it.</summary>
/// <param name="FileName">The program to start.</param>
/// <param name="Arguments">Arguments that come before the server's own.</param>
/// <param name="RuntimeRoot">The .NET installation that runs this process; absent where it is unknown.</param>
internal sealed record LlamaServerProgram(string FileName, IReadOnlyList<string> Arguments, string? RuntimeRoot)
{
    /// <summary>The environment variable with another folder of the embedded server, for builds with a GPU backend.</summary>
    public const string DirectoryVariable = "MEMWALL_LLAMA_SERVER";

    private const string Name = "MemoryWall.LlamaServer";

    /// <summary>Finds the program in the folder that <see cref="DirectoryVariable"/> names, or else beside this library.</summary>
    /// <exception cref="EmbeddedServerException">The folder does not contain the server.</exception>
    public static LlamaServerProgram Find()
    {
        var named = Environment.GetEnvironmentVariable(DirectoryVariable);
        var directory = string.IsNullOrEmpty(named) ? FindBeside(ProgramFiles.FolderOf(typeof(LlamaServerProgram))) : named;
        var library = Path.Combine(directory, Name + ".dll");
        if (!File.Exists(library))
            throw new EmbeddedServerException(
                $"the embedded server is not at '{library}'; build the solution (dotnet build -c Release), install a package for "
                + $"{Platform}, or set {DirectoryVariable} to its folder");
        var root = FindRuntimeRoot(RuntimeEnvironment.GetRuntimeDirectory());
        var host = Path.Combine(directory, OperatingSystem.IsWindows() ? Name + ".exe" : Name);
        if (File.Exists(host))
            return new(host, [], root);
        var dotnet = root is null ? "dotnet" : Path.Combine(root, OperatingSystem.IsWindows() ? "dotnet.exe" : "dotnet");
        return new(dotnet, ["exec", library], root);
    }

    /// <summary>The folder of the server that belongs to a library: <c>llama-server</c> in the library's own folder; where there is none,
    /// that of this platform in the NuGet package whose <c>lib/net10.0</c> the library's folder is.</summary>
    internal static string FindBeside(string libraryFolder)
    {
        var beside = Path.Combine(libraryFolder, "llama-server");
        var package = Path.GetFullPath(Path.Combine(libraryFolder, "..", "..", "runtimes", Platform, "llama-server"));
        return !Directory.Exists(beside) && Directory.Exists(package) ? package : beside;
    }

    /// <summary>The name of this platform in NuGet packages. That of the runtime may be of one distribution.</summary>
    internal static string Platform =>
        (OperatingSystem.IsWindows() ? "win" : OperatingSystem.IsMacOS() ? "osx" : "linux")
            + (RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? "-arm64" : "-x64");

    // A shared runtime is in <root>/shared/Microsoft.NETCore.App/<version>/. A child that is started by its own host program does not
    // find a root outside the standard folders.
    private static string? FindRuntimeRoot(string runtimeDirectory)
    {
        var shared = Directory.GetParent(Path.TrimEndingDirectorySeparator(runtimeDirectory))?.Parent;
        return shared is { Name: "shared", Parent: { } root } ? root.FullName : null;
    }
}
