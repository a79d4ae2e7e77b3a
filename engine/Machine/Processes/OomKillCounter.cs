using System.Globalization;
using MemoryWall.Machine.Linux;
using MemoryWall.Machine.Linux.Cgroups;

namespace MemoryWall.Machine.Processes;

/// <summary>
/// The kernel's count of processes killed for lack of memory in the control group of a process (<c>oom_kill</c> in <c>memory.events</c> or
/// <c>memory.oom_control</c>; both count kills of any kind). The count of the whole system serves only where the group is not visible: the
/// kill of another process elsewhere at the same moment must not become evidence.
/// </summary>
/// <param name="file">The file with the count.</param>
internal sealed class OomKillCounter(string file)
{
    /// <summary>The counter for a process that runs now.</summary>
    public static OomKillCounter ForProcess(int processId)
    {
        var root = LinuxRoot.Machine;
        var group = CgroupLocation.Find(root, processId.ToString(CultureInfo.InvariantCulture), "memory");
        var file = group is null ? null : CgroupMemoryReader.PathOf(group, CgroupMemoryField.OomKills);
        return new OomKillCounter(File.Exists(file) ? file : root.VmStat);
    }

    /// <summary>The count now; null where the kernel does not report it: not Linux, or the group was removed.</summary>
    public long? Read() => KeyedFile.ReadOnce(file, 1, "oom_kill")[0];
}
