using System.Globalization;
using MemoryWall.Core.Units;
using MemoryWall.Machine.Linux.Cgroups;

namespace MemoryWall.Machine.Caps.Linux;

/// <summary>The memory controller of cgroup v1 (kernel documentation, <c>cgroup-v1/memory.rst</c>). Swap is counted together with memory
/// (memsw).</summary>
internal sealed class CgroupV1(string folder) : Cgroup(CgroupVersion.V1, folder)
{
    // Recent kernels count hits of the memory limit but not of the sum. A slack of one huge page makes charges hit the memory limit first,
    // so that hits are also counted without swap; a swappiness of 0 keeps the slack unused.
    private const long SwapOffSlackBytes = 2 * ByteSize.MiB;

    public override string Kind => "cgroup v1";

    public override void SetLimit(ByteSize limit, SwapPolicy swap)
    {
        // Memory first, then the sum: the sum must never be lower.
        CgroupFile.Write(Folder, "memory.limit_in_bytes", Text(limit.Bytes));
        if (swap.Limit is not { } swapLimit)
            return;
        if (File.Exists(Path.Combine(Folder, "memory.memsw.limit_in_bytes")))
            CgroupFile.Write(Folder, "memory.memsw.limit_in_bytes", Text(limit.Bytes + Math.Max(swapLimit.Bytes, SwapOffSlackBytes)));
        else if (swapLimit.Bytes > 0)
            throw new CapException(
                "this kernel does not count swap for each group, so swap can be allowed or off but not limited; boot it with "
                + "swapaccount=1");
        if (swapLimit.Bytes == 0)
            CgroupFile.Write(Folder, "memory.swappiness", "0");
    }

    private static string Text(long bytes) => bytes.ToString(CultureInfo.InvariantCulture);
}
