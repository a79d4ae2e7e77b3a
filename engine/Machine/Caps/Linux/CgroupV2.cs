using System.Globalization;
using MemoryWall.Core.Units;
using MemoryWall.Machine.Linux.Cgroups;

namespace MemoryWall.Machine.Caps.Linux;

/// <summary>The memory controller of cgroup v2 (kernel documentation, <c>cgroup-v2.rst</c>). Swap is counted separately.</summary>
internal sealed class CgroupV2(string folder) : Cgroup(CgroupVersion.V2, folder)
{
    public override string Kind => "cgroup v2";

    public override void SetLimit(ByteSize limit, SwapPolicy swap)
    {
        CgroupFile.Write(Folder, "memory.max", Text(limit.Bytes));
        if (File.Exists(Path.Combine(Folder, "memory.swap.max")))
            CgroupFile.Write(Folder, "memory.swap.max", swap.Limit is { } swapLimit ? Text(swapLimit.Bytes) : "max");
        else if (swap.Limit is not null)
            throw new CapException(
                "this kernel does not count swap for each group, so swap can only be allowed; boot it with swapaccount=1, or turn the "
                + "machine's swap off (swapoff -a)");
        // The kernel kills all processes of the group or none, because a server with some of its processes killed returns wrong answers.
        // The file is absent before Linux 4.19.
        if (File.Exists(Path.Combine(Folder, "memory.oom.group")))
            CgroupFile.Write(Folder, "memory.oom.group", "1");
    }

    public override void KillAll()
    {
        // This file also kills processes that fork meanwhile. It is absent before Linux 5.14.
        if (File.Exists(Path.Combine(Folder, "cgroup.kill")))
            CgroupFile.Write(Folder, "cgroup.kill", "1");
        else
            base.KillAll();
    }

    private static string Text(long bytes) => bytes.ToString(CultureInfo.InvariantCulture);
}
