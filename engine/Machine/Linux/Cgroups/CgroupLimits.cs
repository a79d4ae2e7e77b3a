namespace MemoryWall.Machine.Linux.Cgroups;

/// <summary>The limits that control groups set for a process: the tightest of its own group and all visible groups above.</summary>
internal static class CgroupLimits
{
    /// <summary>The memory limit of a process in bytes; null where there is none.</summary>
    public static long? ReadMemoryLimit(LinuxRoot root, string process = "self") =>
        CgroupLocation.Find(root, process, "memory") is { } group ? ReadMemoryLimit(group) : null;

    /// <summary>The memory limit of a group in bytes; null where there is none.</summary>
    public static long? ReadMemoryLimit(CgroupLocation group)
    {
        long? tightest = null;
        foreach (var folder in group.SelfAndAncestors())
        {
            var row = CgroupMemoryReader.ReadOnce(group with { Folder = folder }, CgroupMemoryField.LimitBytes);
            if (row[(int)CgroupMemoryField.LimitBytes] is >= 0 and var limit)
                tightest = Math.Min(tightest ?? long.MaxValue, (long)limit);
        }
        return tightest;
    }

    /// <summary>The CPU quota of a process as a number of cores; null where there is none.</summary>
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
