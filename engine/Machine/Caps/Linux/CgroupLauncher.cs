using System.Diagnostics;

namespace MemoryWall.Machine.Caps.Linux;

/// <summary>
/// Starts a child inside a cgroup. <c>/bin/sh</c> moves itself, then becomes the child by <c>exec</c>: the process id stays, and the
/// child's first page is already counted. If a started child were moved, memory that it touched before would not be counted (cgroup v1
/// does not move charges). Paths and arguments are passed as arguments, never as script.
/// </summary>
internal static class CgroupLauncher
{
    /// <summary>The child's exit code when it could not be moved; its own code did not run.</summary>
    public const int NotMovedExitCode = 125;

    private const string Script = "echo $$ > \"$1\" || exit 125; shift; exec \"$@\"";

    public static void PrependCommand(ProcessStartInfo start, string procsFile) =>
        PrependCommand(start, ["/bin/sh", "-c", Script, "memwall-cap", procsFile]);

    /// <summary>Starts a program and its arguments in place of the child, followed by the child's own command line.</summary>
    /// <exception cref="ArgumentException">Arguments are given as one string, or a shell is requested.</exception>
    public static void PrependCommand(ProcessStartInfo start, IReadOnlyList<string> prefix)
    {
        if (start.UseShellExecute)
            throw new ArgumentException("a capped child cannot be started through the system's shell; set UseShellExecute to false",
                nameof(start));
        if (start.Arguments.Length > 0)
            throw new ArgumentException("give the child's arguments as ArgumentList: one string cannot be passed on unchanged",
                nameof(start));
        string[] command = [.. prefix, start.FileName, .. start.ArgumentList];
        start.FileName = command[0];
        start.ArgumentList.Clear();
        foreach (var argument in command[1..])
            start.ArgumentList.Add(argument);
    }
}
