using System.Runtime.InteropServices;

namespace MemoryWall.LlamaServer.Native;

/// <summary>
/// Makes OpenMP's idle threads sleep. By default they spin, and spinning threads on cores that other programs use slow each other down a
/// hundredfold. The OpenMP runtime reads the policy when it is loaded, so the variable must be set when the process starts. A server that
/// was started without it executes itself again, once, in the same process.
/// </summary>
internal static partial class OpenMpWaitPolicy
{
    public const string Variable = "OMP_WAIT_POLICY";
    private const string Passive = "PASSIVE";
    private const string RestartedVariable = "MEMWALL_SERVER_RESTARTED";

    /// <summary>The policy of this process, for the run's manifest.</summary>
    public static string Current =>
        Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } set ? set.ToLowerInvariant() : "unset (active)";

    /// <summary>Does not return where the process executes itself again with the policy set.</summary>
    public static void EnsurePassive(string[] args)
    {
        if (OperatingSystem.IsWindows() || Environment.GetEnvironmentVariable(Variable) is not null
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
        if (!OperatingSystem.IsWindows())
            SetEnv(Variable, Passive, 1);
    }

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetEnv(string name, string value, int overwrite);

    [LibraryImport("libc", EntryPoint = "execv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Exec(string path, string?[] arguments);
}
