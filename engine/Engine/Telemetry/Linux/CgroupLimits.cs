namespace MemoryWall.Telemetry.Linux;

/// <summary>Limits that control groups put on a process, the tightest of its own group and all above it.</summary>
internal static class CgroupLimits
{
    // v1 says "no limit" with the largest page-aligned number, which depends on the page size.
    private const long Unlimited = 1L << 60;

    /// <summary>Memory in bytes; null where there is no limit.</summary>
    public static long? Memory(LinuxRoot root, string process = "self") => Cgroup.Of(root, process, "memory") is { } group ? Memory(group) : null;

    /// <summary>Memory in bytes that a group and all above it allow; null where there is no limit.</summary>
    public static long? Memory(Cgroup group)
    {
        long? tightest = null;
        foreach (var folder in group.SelfAndAncestors())
        {
            var name = group.Version == CgroupVersion.V2 ? "memory.max" : "memory.limit_in_bytes";
            if (LinuxRoot.Number(Path.Combine(folder, name)) is { } limit and >= 0 and < Unlimited)
                tightest = Math.Min(tightest ?? long.MaxValue, limit);
        }
        return tightest;
    }

    /// <summary>CPU time as a number of cores; null where there is no quota.</summary>
    public static double? Cores(LinuxRoot root, string process = "self")
    {
        if (Cgroup.Of(root, process, "cpu") is not { } group)
            return null;
        double? tightest = null;
        foreach (var folder in group.SelfAndAncestors())
        {
            var (quota, period) = group.Version == CgroupVersion.V2 ? Max(folder) : Cfs(folder);
            if (quota > 0 && period > 0)
                tightest = Math.Min(tightest ?? double.MaxValue, (double)quota / period.Value);
        }
        return tightest;
    }

    // "max 100000" or "150000 100000"
    private static (long? Quota, long? Period) Max(string folder)
    {
        var parts = LinuxRoot.Line(Path.Combine(folder, "cpu.max"))?.Split(' ');
        return parts is { Length: 2 } ? (FieldText.Whole(parts[0]), FieldText.Whole(parts[1])) : (null, null);
    }

    private static (long? Quota, long? Period) Cfs(string folder) =>
        (LinuxRoot.Number(Path.Combine(folder, "cpu.cfs_quota_us")), LinuxRoot.Number(Path.Combine(folder, "cpu.cfs_period_us")));
}
