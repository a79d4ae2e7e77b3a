using System.Globalization;
using MemoryWall.Core.Units;

namespace MemoryWall.Machine.Caps.Linux;

/// <summary>The memory controller of cgroup v1 (kernel documentation, <c>cgroup-v1/memory.rst</c>). Swap is counted together with memory
/// (memsw).</summary>
internal sealed class CgroupV1(string folder) : Cgroup(folder)
{
    // The kernel shows the largest multiple of a page for "no limit"; pages may be as large as 64 KiB.
    private const long Unlimited = long.MaxValue / 65_536 * 65_536;

    // Recent kernels count hits of the memory limit but not of the sum. One huge page of room lets the memory limit be hit first, so that
    // hits are counted without swap too; a swappiness of 0 keeps that room unused.
    private const long SwapOffSlackBytes = 2 * ByteSize.MiB;

    public override string Kind => "cgroup v1";

    public override void SetLimit(ByteSize limit, SwapPolicy swap)
    {
        // First memory, then both: the sum may never be below the part.
        CgroupFile.Write(Folder, "memory.limit_in_bytes", Text(limit.Bytes));
        if (swap.Limit is not { } swapLimit)
            return;
        if (File.Exists(Path.Combine(Folder, "memory.memsw.limit_in_bytes")))
            CgroupFile.Write(Folder, "memory.memsw.limit_in_bytes", Text(limit.Bytes + Math.Max(swapLimit.Bytes, SwapOffSlackBytes)));
        else if (swapLimit.Bytes > 0)
            throw new CapException(
                "this kernel does not count swap for each group, so it can be allowed or off but not limited; boot it with swapaccount=1");
        if (swapLimit.Bytes == 0)
            CgroupFile.Write(Folder, "memory.swappiness", "0");
    }

    public override CapCounters ReadCounters()
    {
        var stat = CgroupFile.ParseTable(CgroupFile.TryRead(Folder, "memory.stat"));
        return ParseCounters(stat, CgroupFile.ParseTable(CgroupFile.TryRead(Folder, "memory.oom_control")),
            name => CgroupFile.Number(Folder, name));
    }

    /// <summary>From <c>memory.stat</c>, <c>memory.oom_control</c> and the files of one number.</summary>
    public static CapCounters ParseCounters(IReadOnlyDictionary<string, long> stat, IReadOnlyDictionary<string, long> oom,
        Func<string, long?> number)
    {
        long? Stat(string name) => stat.TryGetValue(name, out var value) ? value : null;
        var limit = number("memory.limit_in_bytes");
        return new CapCounters
        {
            CurrentBytes = number("memory.usage_in_bytes"),
            PeakBytes = number("memory.max_usage_in_bytes"),
            LimitBytes = limit >= Unlimited ? null : limit,
            SwapBytes = Stat("total_swap") ?? Stat("swap"),
            LimitHits = number("memory.failcnt"),
            OomKills = oom.TryGetValue("oom_kill", out var kills) ? kills : null,
            AnonymousBytes = Stat("total_rss") ?? Stat("rss"),
            FileBytes = Stat("total_cache") ?? Stat("cache"),
            MajorFaults = Stat("total_pgmajfault") ?? Stat("pgmajfault"),
            FileRefaults = Stat("total_workingset_refault_file") ?? Stat("workingset_refault_file"),
            AnonymousRefaults = Stat("total_workingset_refault_anon") ?? Stat("workingset_refault_anon"),
        };
    }

    private static string Text(long bytes) => bytes.ToString(CultureInfo.InvariantCulture);
}
