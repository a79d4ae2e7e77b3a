using MemoryWall.Core.Telemetry;
using MemoryWall.Machine.Linux;

namespace MemoryWall.Machine.Probes.Linux;

/// <summary>Energy that the processor packages used, from the kernel's power capping interface (RAPL; Intel and AMD).</summary>
internal sealed class RaplProbe : IProbe
{
    private const string ZonePattern = "intel-rapl:*";
    private readonly NumberFiles _files;
    private readonly CounterUnwrapper[] _unwrappers;
    private readonly ProbeColumns _columns = new("rapl");

    private RaplProbe(NumberFiles files, CounterUnwrapper[] unwrappers, IReadOnlyList<string> names)
    {
        _files = files;
        _unwrappers = unwrappers;
        foreach (var name in names)
            _columns.AddCounter($"energy_{name}_joules_total",
                $"Energy that the domain '{name}' used since sampling began, as the processor's own model estimates it.");
    }

    public string Name => "rapl";

    public ProbeCost Cost => ProbeCost.Light;

    public string Intrusion => "reads one register for each domain";

    public IReadOnlyList<TelemetryColumn> Columns => _columns.All;

    public static ProbeDiscovery Discover(LinuxRoot root)
    {
        // Packages (intel-rapl:0) and what lies outside of them (psys); parts of a package (intel-rapl:0:0) but for its memory are in its
        // sum already.
        var zones = LinuxRoot.ListEntries(Path.Combine(root.Sys, "class/powercap"), ZonePattern)
            .Select(folder => (Folder: folder, Name: LinuxRoot.ReadLine(Path.Combine(folder, "name")) ?? "",
                Inner: Path.GetFileName(folder).Count(c => c == ':') > 1))
            .Where(zone => !zone.Inner || zone.Name == "dram").ToList();
        if (zones.Count == 0)
            return ProbeDiscovery.Missing("rapl", "the kernel shows no energy counters (usual in virtual machines)",
                "on a bare machine: the kernel module intel_rapl_msr");
        var files = new List<ProcFile>();
        var rollovers = new List<CounterUnwrapper>();
        var names = new List<string>();
        var reason = "";
        foreach (var (folder, name, inner) in zones)
        {
            if (ProcFile.TryOpen(Path.Combine(folder, "energy_uj"), out reason) is not { } file)
                continue;
            files.Add(file);
            rollovers.Add(new CounterUnwrapper(LinuxRoot.ReadNumber(Path.Combine(folder, "max_energy_range_uj"))));
            names.Add(inner ? $"{name}{Path.GetFileName(folder).Split(':')[1]}" : name.Replace('-', '_'));
        }
        return files.Count > 0
            ? ProbeDiscovery.Found(new RaplProbe(new NumberFiles(files), [.. rollovers], names))
            : ProbeDiscovery.Missing("rapl", reason,
                "run as root, or let your group read /sys/class/powercap/*/energy_uj (closed to others since CVE-2020-8694)");
    }

    public void Read(Span<double> row)
    {
        for (var i = 0; i < _files.Count; i++)
            row[i] = _unwrappers[i].Unwrap(_files[i]) / 1e6;
    }

    public void Dispose() => _files.Dispose();
}
