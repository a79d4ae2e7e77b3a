using System.Runtime.InteropServices;
using MemoryWall.Protocol;

namespace MemoryWall.LlamaServer.Native;

/// <summary>
/// Sets how OpenMP's idle threads wait, see <see cref="OpenMpWaiting"/>. By default they spin, and spinning threads on cores that other
/// programs use slow each other down a hundredfold. The OpenMP runtime reads the variables when it is loaded, so they must be set when the
/// process starts. A server that was started without them executes itself again, once, in the same process.
/// </summary>
internal static partial class OpenMpWaitPolicy
{
    private const string RestartedVariable = "MEMWALL_SERVER_RESTARTED";

    /// <summary>The policy of this process, for the run's manifest.</summary>
    public static string Current =>
        Environment.GetEnvironmentVariable(OpenMpWaiting.Policy) is { Length: > 0 } set ? set.ToLowerInvariant() : "unset (active)";

    /// <summary>How often a waiting thread looks before it sleeps, for the run's manifest; null where it is not set.</summary>
    public static string? SpinCount => Environment.GetEnvironmentVariable(OpenMpWaiting.SpinCount);

    /// <summary>Does not return where the process executes itself again with the policy set.</summary>
    public static void EnsurePassive(string[] args)
    {
        if (OperatingSystem.IsWindows() || Environment.GetEnvironmentVariable(OpenMpWaiting.Policy) is not null
            || Environment.GetEnvironmentVariable(RestartedVariable) is not null)
            return;
        if (Environment.ProcessPath is not { } path)
            return;
        SetPassive();
        SetEnv(RestartedVariable, "1", 1);
        // Where the dotnet host runs the program, the program's path is the host's argument.
        string[] leading = Path.GetFileNameWithoutExtension(path) == "dotnet"
            ? [path, "exec", Environment.GetCommandLineArgs()[0]]
            : [path];
        Exec(path, [.. leading, .. args, null]);
    }

    /// <summary>Sets the policy for an OpenMP runtime that this process loads later, and for the programs that it executes.</summary>
    public static void SetPassive()
    {
        // .NET has its own copy of the environment; native code and execv see that of the C library.
        if (OperatingSystem.IsWindows())
            return;
        SetEnv(OpenMpWaiting.Policy, OpenMpWaiting.Passive, 1);
        SetEnv(OpenMpWaiting.SpinCount, OpenMpWaiting.DefaultSpinCount, 0);
    }

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetEnv(string name, string value, int overwrite);

    [LibraryImport("libc", EntryPoint = "execv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Exec(string path, string?[] arguments);
}
