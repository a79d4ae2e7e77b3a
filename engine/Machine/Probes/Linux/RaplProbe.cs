using MemoryWall.Machine.Linux;

namespace MemoryWall.Machine.Probes.Linux;

/// <summary>Energy that the processor packages used, from the kernel's power capping interface (RAPL; Intel and AMD).</summary>
internal static class RaplProbe
{
    private const string ZonePattern = "intel-rapl:*";

    public static ProbeDiscovery Discover(LinuxRoot root)
    {
        // Packages (intel-rapl:0) and domains outside of them (psys). The sum of a package already includes its parts (intel-rapl:0:0)
        // except its memory.
        var zones = LinuxRoot.ListEntries(Path.Combine(root.Sys, "class/powercap"), ZonePattern)
            .Select(folder => (Folder: folder, Name: LinuxRoot.ReadLine(Path.Combine(folder, "name")) ?? "",
                IsPart: Path.GetFileName(folder).Count(c => c == ':') > 1))
            .Where(zone => !zone.IsPart || zone.Name == "dram").ToList();
        if (zones.Count == 0)
            return ProbeDiscovery.Missing("rapl", "the kernel shows no energy counters (usual in virtual machines)",
                "on a physical machine: the kernel module intel_rapl_msr");
        var probe = new ColumnProbe("rapl") { Intrusion = "reads one register for each domain" };
        var reason = "";
        foreach (var (folder, zoneName, isPart) in zones)
        {
            if (ProcFile.TryOpen(Path.Combine(folder, "energy_uj"), out reason) is not { } file)
                continue;
            probe.Own(file);
            var energy = new CounterUnwrapper(LinuxRoot.ReadNumber(Path.Combine(folder, "max_energy_range_uj")));
            var name = isPart ? $"{zoneName}{Path.GetFileName(folder).Split(':')[1]}" : zoneName.Replace('-', '_');
            probe.Counter($"energy_{name}_joules_total",
                $"Energy that the domain '{name}' used since sampling began, as the processor's own model estimates it.",
                () => energy.Unwrap(file.ReadNumber()) / 1e6);
        }
        return probe.Columns.Count > 0
            ? ProbeDiscovery.Found(probe)
            : ProbeDiscovery.Missing("rapl", reason,
                "run as root, or let your group read /sys/class/powercap/*/energy_uj (closed to others since CVE-2020-8694)");
    }
}
