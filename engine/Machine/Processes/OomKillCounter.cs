using System.Globalization;

namespace MemoryWall.Machine.Processes;

/// <summary>
/// The kernel's count of processes killed for lack of memory in the control group that a process belongs to (<c>oom_kill</c> in
/// <c>memory.events</c> or <c>memory.oom_control</c>; both count kills of any kind). The count of the whole system is asked for only where
/// there is no group: another process that is killed elsewhere at the same moment must not become our evidence.
/// </summary>
/// <param name="file">The file that counts.</param>
internal sealed class OomKillCounter(string file)
{
    private const string Field = "oom_kill ";

    /// <summary>The counter for a process that runs now.</summary>
    public static OomKillCounter ForProcess(int processId) =>
        new(FindCounterFiles(processId).FirstOrDefault(File.Exists) ?? "/proc/vmstat");

    /// <summary>The count now; null where the kernel does not tell.</summary>
    public long? Read()
    {
        try
        {
            foreach (var line in File.ReadLines(file))
                if (line.StartsWith(Field, StringComparison.Ordinal))
                    return long.TryParse(line.AsSpan(Field.Length), NumberStyles.None, CultureInfo.InvariantCulture, out var count)
                        ? count
                        : null;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // Not Linux, or the group is gone: there is no counter to show.
        }
        return null;
    }

    private static List<string> FindCounterFiles(int processId)
    {
        var files = new List<string>();
        try
        {
            foreach (var fields in File.ReadLines($"/proc/{processId}/cgroup").Select(line => line.Split(':', 3))
                .Where(fields => fields.Length == 3))
                if (fields[1].Split(',').Contains("memory"))
                    files.Add($"/sys/fs/cgroup/memory{fields[2].TrimEnd('/')}/memory.oom_control");
                else if (fields[0] == "0")
                    files.Add($"/sys/fs/cgroup{fields[2].TrimEnd('/')}/memory.events");
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            // Not Linux, or /proc is hidden.
        }
        return files;
    }
}
