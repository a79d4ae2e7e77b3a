using System.Globalization;
using MemoryWall.Core.Units;

namespace MemoryWall.Machine.Caps.Linux;

/// <summary>The memory controller of cgroup v2 (kernel documentation, <c>cgroup-v2.rst</c>). Swap is counted apart.</summary>
internal sealed class CgroupV2(string folder) : Cgroup(folder)
{
    public override string Kind => "cgroup v2";

    public override void SetLimit(ByteSize limit, SwapPolicy swap)
    {
        CgroupFile.Write(Folder, "memory.max", Text(limit.Bytes));
        if (File.Exists(Path.Combine(Folder, "memory.swap.max")))
            CgroupFile.Write(Folder, "memory.swap.max", swap.Limit is { } swapLimit ? Text(swapLimit.Bytes) : "max");
        else if (swap.Limit is not null)
            throw new CapException(
                "this kernel does not count swap for each group, so it can only be allowed; boot it with swapaccount=1, or turn the machine's swap off (swapoff -a)");
        // All or none: half a process group killed would look like a server that answers nonsense. Absent before Linux 4.19.
        if (File.Exists(Path.Combine(Folder, "memory.oom.group")))
            CgroupFile.Write(Folder, "memory.oom.group", "1");
    }

    public override void KillAll()
    {
        // Reaches what forks while it is being killed; absent before Linux 5.14.
        if (File.Exists(Path.Combine(Folder, "cgroup.kill")))
            CgroupFile.Write(Folder, "cgroup.kill", "1");
        else
            base.KillAll();
    }

    public override CapCounters ReadCounters() => ParseCounters(
        CgroupFile.ParseTable(CgroupFile.TryRead(Folder, "memory.stat")),
        CgroupFile.ParseTable(CgroupFile.TryRead(Folder, "memory.events")),
        name => CgroupFile.Number(Folder, name));

    /// <summary>From <c>memory.stat</c>, <c>memory.events</c> and the files of one number.</summary>
    public static CapCounters ParseCounters(IReadOnlyDictionary<string, long> stat, IReadOnlyDictionary<string, long> events,
        Func<string, long?> number)
    {
        long? Stat(string name) => stat.TryGetValue(name, out var value) ? value : null;
        long? Event(string name) => events.TryGetValue(name, out var value) ? value : null;
        return new CapCounters
        {
            CurrentBytes = number("memory.current"),
            PeakBytes = number("memory.peak"),
            LimitBytes = number("memory.max"),
            SwapBytes = number("memory.swap.current"),
            LimitHits = Event("max"),
            OomKills = Event("oom_kill"),
            AnonymousBytes = Stat("anon"),
            FileBytes = Stat("file"),
            MajorFaults = Stat("pgmajfault"),
            FileRefaults = Stat("workingset_refault_file"),
            AnonymousRefaults = Stat("workingset_refault_anon"),
        };
    }

    private static string Text(long bytes) => bytes.ToString(CultureInfo.InvariantCulture);
}
