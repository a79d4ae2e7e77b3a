using System.Runtime.InteropServices;

namespace MemoryWall.Targets.Embedded;

/// <summary>Where the embedded server's program lies and how it is started.</summary>
/// <param name="FileName">The program to start.</param>
/// <param name="Arguments">Its leading arguments.</param>
/// <param name="RuntimeRoot">The .NET installation that runs this process; absent where it cannot be told.</param>
internal sealed record LlamaServerProgram(string FileName, IReadOnlyList<string> Arguments, string? RuntimeRoot)
{
    /// <summary>Names another folder that holds the embedded server, for builds with a GPU backend.</summary>
    public const string DirectoryVariable = "MEMWALL_LLAMA_SERVER";

    private const string Name = "MemoryWall.LlamaServer";

    /// <summary>Looks beside this program, or where <see cref="DirectoryVariable"/> points.</summary>
    /// <exception cref="EmbeddedServerException">There is no server there.</exception>
    public static LlamaServerProgram Find()
    {
        var named = Environment.GetEnvironmentVariable(DirectoryVariable);
        var directory = string.IsNullOrEmpty(named) ? Path.Combine(AppContext.BaseDirectory, "llama-server") : named;
        var library = Path.Combine(directory, Name + ".dll");
        if (!File.Exists(library))
            throw new EmbeddedServerException(
                $"the embedded server is not at '{library}'; build the solution (dotnet build -c Release), "
                + $"or set {DirectoryVariable} to its folder");
        var root = FindRuntimeRoot(RuntimeEnvironment.GetRuntimeDirectory());
        var host = Path.Combine(directory, OperatingSystem.IsWindows() ? Name + ".exe" : Name);
        if (File.Exists(host))
            return new(host, [], root);
        var dotnet = root is null ? "dotnet" : Path.Combine(root, OperatingSystem.IsWindows() ? "dotnet.exe" : "dotnet");
        return new(dotnet, ["exec", library], root);
    }

    // <root>/shared/Microsoft.NETCore.App/<version>/ is where a shared runtime lies; a child started by its own
    // host program would not find a root outside the standard places.
    private static string? FindRuntimeRoot(string runtimeDirectory)
    {
        var shared = Directory.GetParent(Path.TrimEndingDirectorySeparator(runtimeDirectory))?.Parent;
        return shared is { Name: "shared", Parent: { } root } ? root.FullName : null;
    }
}
