using System.Runtime.InteropServices;

namespace MemoryWall.LlamaServer.Native;

/// <summary>
/// OpenMP's idle threads must sleep. The default is to spin, and two threads that spin on cores which something else uses too slow each
/// other down a hundredfold. The OpenMP runtime reads the policy when it is loaded, so it has to be in the environment of the process from
/// its start: a server that was started without it starts itself again, once, in the same process.
/// </summary>
internal static partial class OpenMpWaitPolicy
{
    public const string Variable = "OMP_WAIT_POLICY";
    private const string Passive = "PASSIVE";
    private const string RestartedVariable = "MEMWALL_SERVER_RESTARTED";

    /// <summary>What holds in this process, for the record.</summary>
    public static string Current =>
        Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } set ? set.ToLowerInvariant() : "unset (active)";

    /// <summary>Does not come back where the process was replaced by itself with the policy set.</summary>
    public static void EnsurePassive(string[] args)
    {
        if (OperatingSystem.IsWindows() || Environment.GetEnvironmentVariable(Variable) is not null
            || Environment.GetEnvironmentVariable(RestartedVariable) is not null)
            return;
        if (Environment.ProcessPath is not { } path)
            return;
        // .NET keeps its own copy of the environment; execv passes on the one of the C library.
        SetEnv(Variable, Passive, 1);
        SetEnv(RestartedVariable, "1", 1);
        // Run through the dotnet host, the program's own path is an argument of it.
        string[] leading = Path.GetFileNameWithoutExtension(path) == "dotnet"
            ? [path, "exec", Environment.GetCommandLineArgs()[0]]
            : [path];
        Exec(path, [.. leading, .. args, null]);
    }

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetEnv(string name, string value, int overwrite);

    [LibraryImport("libc", EntryPoint = "execv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Exec(string path, string?[] arguments);
}
