using System.Globalization;
using MemoryWall.Machine.Linux;

namespace MemoryWall.Machine.Caps.Linux;

/// <summary>
/// The name of a cap or swap file that must not outlive its owner: <c>memwall-NAMESPACE-PID-START-N</c>. The start time distinguishes a
/// process from a later one with the same id; the namespace of the id says whether this process can check the owner at all, since
/// containers may share the cgroup tree.
/// </summary>
internal sealed record OwnerTag(long PidNamespace, int Pid, long StartTicks, int Number)
{
    public const string Prefix = "memwall-";

    private static int s_lastNumber;

    public string Name => string.Create(CultureInfo.InvariantCulture, $"{Prefix}{PidNamespace}-{Pid}-{StartTicks}-{Number}");

    /// <summary>A new name owned by this process.</summary>
    public static OwnerTag ForThisProcess() => ForProcess(Environment.ProcessId);

    /// <summary>A new name owned by a living process.</summary>
    public static OwnerTag ForProcess(int pid) =>
        new(ReadPidNamespace(), pid, ReadStartTicks(pid) ?? 0, Interlocked.Increment(ref s_lastNumber));

    /// <summary>Reads a name; null where it is not of this form.</summary>
    public static OwnerTag? Parse(string name)
    {
        if (!name.StartsWith(Prefix, StringComparison.Ordinal))
            return null;
        var parts = name[Prefix.Length..].Split('-');
        return parts.Length == 4
            && long.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var space)
            && int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var pid)
            && long.TryParse(parts[2], NumberStyles.None, CultureInfo.InvariantCulture, out var start)
            && int.TryParse(parts[3], NumberStyles.None, CultureInfo.InvariantCulture, out var number)
            ? new OwnerTag(space, pid, start, number)
            : null;
    }

    /// <summary>Whether the owner is known to be dead; false also where this process cannot know.</summary>
    public bool IsOrphan => PidNamespace == ReadPidNamespace() && PidNamespace != 0 && ReadStartTicks(Pid) != StartTicks;

    /// <summary>When a process started, in clock ticks since boot; null where there is no such process or it has ended (zombies count as
    /// ended).</summary>
    public static long? ReadStartTicks(int pid) =>
        ProcessStat.Read(LinuxRoot.Machine, pid) is { HasEnded: false } stat ? stat.StartTime : null;

    private static long ReadPidNamespace()
    {
        var link = new FileInfo("/proc/self/ns/pid").LinkTarget ?? "";
        return long.TryParse(link.AsSpan(link.IndexOf('[') + 1).TrimEnd(']'), NumberStyles.None, CultureInfo.InvariantCulture,
            out var number) ? number : 0;
    }
}
