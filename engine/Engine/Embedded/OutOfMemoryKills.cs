using System.Globalization;

namespace MemoryWall.Embedded;

/// <summary>The kernel's count of processes killed for lack of memory since boot (Linux 4.13 and later, <c>oom_kill</c> in <c>/proc/vmstat</c>).</summary>
internal static class OutOfMemoryKills
{
    /// <summary>The count now; null where the kernel does not tell.</summary>
    public static long? Count()
    {
        try
        {
            foreach (var line in File.ReadLines("/proc/vmstat"))
                if (line.StartsWith("oom_kill ", StringComparison.Ordinal))
                    return long.TryParse(line.AsSpan("oom_kill ".Length), NumberStyles.None, CultureInfo.InvariantCulture, out var count) ? count : null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // Not Linux, or /proc is hidden: there is no counter to show.
        }
        return null;
    }
}
