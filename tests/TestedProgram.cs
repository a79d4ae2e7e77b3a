using System.Diagnostics;

namespace MemoryWall.Tests;

/// <summary>How tests start a program of this project, and how a failing test shows what it said.</summary>
internal static class TestedProgram
{
    private const int MaxCharacters = 8_000;

    // A shell starts background jobs with SIGINT ignored, and their child processes inherit that: Ctrl-C would never arrive.
    private static readonly Lazy<bool> s_canReset = new(() =>
    {
        if (!OperatingSystem.IsLinux())
            return false;
        using var process = Process.Start(
            new ProcessStartInfo("env", ["--default-signal=INT,QUIT", "true"]) { RedirectStandardError = true })!;
        process.WaitForExit();
        return process.ExitCode == 0;
    });

    /// <summary>Starts an assembly with default signals where the system can, else with those of the tests.</summary>
    /// <param name="assembly">Its path.</param>
    /// <param name="arguments">Its arguments.</param>
    public static ProcessStartInfo Start(string assembly, IEnumerable<string> arguments) => s_canReset.Value
        ? new ProcessStartInfo("env", ["--default-signal=INT,QUIT", "dotnet", "exec", assembly, .. arguments])
        : new ProcessStartInfo("dotnet", ["exec", assembly, .. arguments]);

    /// <summary>Keeps what a program said for the report of a test that fails.</summary>
    public static void Report(string name, string said)
    {
        if (said.Length > 0)
            TestContext.Current.TestOutputHelper?.WriteLine(
                $"{name} wrote to standard error:\n{said[Math.Max(0, said.Length - MaxCharacters)..]}");
    }
}
