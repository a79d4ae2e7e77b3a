using MemoryWall.Machine.Linux;

namespace MemoryWall.Machine.Facts;

/// <summary>Processors and cores of a Linux machine, and how many of them this process may use.</summary>
/// <param name="Logical">Logical processors online; null where unknown.</param>
/// <param name="Physical">Physical cores online; null where unknown.</param>
/// <param name="Available">Physical cores in the affinity mask, limited to the CPU quota, at least 1; null where unknown.</param>
internal sealed record CpuTopology(int? Logical, int? Physical, int? Available)
{
    public static CpuTopology Read(LinuxRoot root, double? quotaCores)
    {
        var folder = root.CpuFolder;
        var online = FieldParser.ParseCpuList(LinuxRoot.ReadLine(Path.Combine(folder, "online")));
        if (online.Count == 0)
            return new CpuTopology(null, null, null);
        var allowed = FieldParser.ParseCpuList(ProcessStatus.Read(root, "self").AllowedCpus);
        var usable = allowed.Count == 0 ? online : online.Where(allowed.Contains).ToHashSet();

        var physical = Cores(folder, online);
        var available = Cores(folder, usable) ?? usable.Count;
        if (quotaCores is { } quota)
            available = Math.Min(available, (int)Math.Floor(quota + 0.01));
        return new CpuTopology(online.Count, physical, Math.Max(1, available));
    }

    // The hyper-threads of one core have the same list. "thread_siblings_list" is the older name of "core_cpus_list".
    private static int? Cores(string folder, IEnumerable<int> cpus)
    {
        var cores = new HashSet<string>(StringComparer.Ordinal);
        foreach (var cpu in cpus)
        {
            var topology = Path.Combine(folder, FormattableString.Invariant($"cpu{cpu}/topology"));
            var siblings = LinuxRoot.ReadLine(Path.Combine(topology, "core_cpus_list"))
                ?? LinuxRoot.ReadLine(Path.Combine(topology, "thread_siblings_list"));
            if (siblings is null)
                return null;
            cores.Add(siblings);
        }
        return cores.Count;
    }
}
