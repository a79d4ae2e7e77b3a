using System.Diagnostics.CodeAnalysis;

namespace MemoryWall.Tests;

/// <summary>
/// What a test needs beside the project: a browser, a Jupyter client, npm packages, the .NET tool of the kernel, PowerShell, Slurm. Without
/// it the test is skipped and says why. Where <c>MEMWALL_REQUIRE_TOOLS</c> is set, as in CI, it fails instead, so that it is never silently
/// green.
/// </summary>
internal static class RequiredTools
{
    private const string Variable = "MEMWALL_REQUIRE_TOOLS";

    /// <summary>Skips the test, or fails it where tools are required.</summary>
    /// <param name="isMissing">Whether what it needs is not there.</param>
    /// <param name="reason">What is missing, and how to install it.</param>
    public static void SkipWhen([DoesNotReturnIf(true)] bool isMissing, string reason)
    {
        if (isMissing && Environment.GetEnvironmentVariable(Variable) is { Length: > 0 })
            Assert.Fail($"{reason}; {Variable} is set, so the test must run");
        Assert.SkipWhen(isMissing, reason);
    }

    /// <summary>Whether a program is on <c>PATH</c>.</summary>
    public static bool Finds(string program) => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        .Any(folder => File.Exists(Path.Combine(folder, program)));
}
