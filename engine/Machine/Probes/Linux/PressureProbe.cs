using MemoryWall.Core.Telemetry;
using MemoryWall.Machine.Linux;

namespace MemoryWall.Machine.Probes.Linux;

/// <summary>Pressure stall information of the machine: time in which tasks waited for CPU, memory or disk.</summary>
internal sealed class PressureProbe : IProbe
{
    private static readonly string[] s_resources = ["cpu", "memory", "io"];
    private readonly ProbeColumns _columns = new("host_pressure");
    private readonly PressureFile[] _files;

    private PressureProbe(PressureFile[] files)
    {
        _files = files;
        foreach (var resource in s_resources)
        {
            _columns.AddCounter($"host_pressure_{resource}_some_seconds_total",
                $"Time in which at least one task of the machine waited for {resource}.");
            _columns.AddCounter($"host_pressure_{resource}_full_seconds_total",
                $"Time in which all tasks of the machine that had work waited for {resource}.");
        }
    }

    public string Name => "host_pressure";

    public ProbeCost Cost => ProbeCost.Light;

    public string Intrusion => "reads three files of /proc";

    public IReadOnlyList<TelemetryColumn> Columns => _columns.All;

    public static ProbeDiscovery Discover(LinuxRoot root)
    {
        var files = s_resources.Select(r => PressureFile.TryOpen(Path.Combine(root.Proc, "pressure", r))).ToArray();
        if (files.All(f => f is not null))
            return ProbeDiscovery.Found(new PressureProbe(files!));
        foreach (var file in files)
            file?.Dispose();
        return ProbeDiscovery.Missing("host_pressure", "the kernel gives no pressure stall information",
            "a kernel from 4.20 on with CONFIG_PSI, started with psi=1 where it is off");
    }

    public void Read(Span<double> row)
    {
        for (var i = 0; i < _files.Length; i++)
            (row[2 * i], row[2 * i + 1]) = _files[i].Read();
    }

    public void Dispose()
    {
        foreach (var file in _files)
            file.Dispose();
    }
}
