namespace MemoryWall.Machine.Linux.Cgroups;

/// <summary>Limits that control groups put on a process, the tightest of its own group and all above it.</summary>
internal static class CgroupLimits
{
    // v1 says "no limit" with the largest page-aligned number, which depends on the page size.
    private const long Unlimited = 1L << 60;

    /// <summary>Memory in bytes; null where there is no limit.</summary>
    public static long? ReadMemoryLimit(LinuxRoot root, string process = "self") =>
        CgroupLocation.Find(root, process, "memory") is { } group ? ReadMemoryLimit(group) : null;

    /// <summary>Memory in bytes that a group and all above it allow; null where there is no limit.</summary>
    public static long? ReadMemoryLimit(CgroupLocation group)
    {
        long? tightest = null;
        foreach (var folder in group.SelfAndAncestors())
        {
            var name = group.Version == CgroupVersion.V2 ? "memory.max" : "memory.limit_in_bytes";
            if (LinuxRoot.ReadNumber(Path.Combine(folder, name)) is { } limit and >= 0 and < Unlimited)
                tightest = Math.Min(tightest ?? long.MaxValue, limit);
        }
        return tightest;
    }

    /// <summary>CPU time as a number of cores; null where there is no quota.</summary>
    public static double? ReadCpuLimit(LinuxRoot root, string process = "self")
    {
        if (CgroupLocation.Find(root, process, "cpu") is not { } group)
            return null;
        double? tightest = null;
        foreach (var folder in group.SelfAndAncestors())
        {
            var (quota, period) = group.Version == CgroupVersion.V2 ? ReadCpuMax(folder) : ReadCfsQuota(folder);
            if (quota > 0 && period > 0)
                tightest = Math.Min(tightest ?? double.MaxValue, (double)quota / period.Value);
        }
        return tightest;
    }

    // "max 100000" or "150000 100000"
    private static (long? Quota, long? Period) ReadCpuMax(string folder)
    {
        var parts = LinuxRoot.ReadLine(Path.Combine(folder, "cpu.max"))?.Split(' ');
        return parts is { Length: 2 } ? (FieldParser.ParseWholeNumber(parts[0]), FieldParser.ParseWholeNumber(parts[1])) : (null, null);
    }

    private static (long? Quota, long? Period) ReadCfsQuota(string folder) =>
        (LinuxRoot.ReadNumber(Path.Combine(folder, "cpu.cfs_quota_us")), LinuxRoot.ReadNumber(Path.Combine(folder, "cpu.cfs_period_us")));
}
