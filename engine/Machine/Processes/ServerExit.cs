using System.Globalization;

namespace MemoryWall.Machine.Processes;

/// <summary>How the embedded server's process ended.</summary>
/// <param name="ExitCode">Its exit code; 128 + the signal where a signal ended it.</param>
/// <param name="OomKills">How many kills for lack of memory the kernel counted in its control group while it ran; null where the kernel
/// does not count them.</param>
/// <param name="LastLogLines">The last lines of its standard error.</param>
internal sealed record ServerExit(int ExitCode, long? OomKills, string LastLogLines)
{
    private static readonly string[] s_outOfMemoryMessages = ["insufficient memory", "failed to allocate", "out of memory", "bad_alloc"];

    private const int SignalBase = 128;
    private const int SigKill = 9;

    /// <summary>Whether the kernel killed it for lack of memory: ended by SIGKILL, and the kernel's counter rose while it ran.</summary>
    public bool IsOomKill => ExitCode == SignalBase + SigKill && OomKills > 0;

    /// <summary>
    /// Whether memory ran out: the kernel killed it for that, or its last log lines report a failed allocation (after which llama.cpp's
    /// binding dereferences the context that it did not get).
    /// </summary>
    public bool IsOutOfMemory =>
        IsOomKill || s_outOfMemoryMessages.Any(message => LastLogLines.Contains(message, StringComparison.OrdinalIgnoreCase));

    /// <summary>One sentence of evidence.</summary>
    public string Describe()
    {
        var how = !OperatingSystem.IsWindows() && ExitCode is > SignalBase and < SignalBase + 65
            ? string.Create(CultureInfo.InvariantCulture, $"the server was ended by signal {ExitCode - SignalBase} (exit code {ExitCode})")
            : string.Create(CultureInfo.InvariantCulture, $"the server ended with exit code {ExitCode}");
        if (OomKills > 0)
            how += string.Create(CultureInfo.InvariantCulture, $"; the kernel's oom_kill counter rose by {OomKills}");
        // The kernel's kill explains the end; what the server wrote before it does not.
        return IsOomKill || LastLogLines.Length == 0 ? how : $"{how}; its last log lines: {LastLogLines}";
    }
}
