using MemoryWall.Machine.Linux;
using MemoryWall.Machine.Processes;
using MemoryWall.Machine.Processes.Linux;

namespace MemoryWall.Machine.Probes.Linux;

/// <summary>What the engine itself uses, so that analysis does not take it for interference.</summary>
internal static class EngineProbe
{
    public static ProbeDiscovery Discover(LinuxRoot root)
    {
        if (LinuxProcessReader.TryOpen(root, Environment.ProcessId) is not { } process)
            return ProbeDiscovery.Missing("engine", $"{root.Proc} does not show this process");
        var usage = new double[ProcessColumn.FieldCount];
        return ProbeDiscovery.Found(new ColumnProbe("engine", process) { Intrusion = "reads three files of /proc", Update = Update }
            .Counter("engine_cpu_seconds_total", "CPU time of the engine's own process, the sampler included (in steps of 10 ms).",
                () => usage[(int)ProcessField.UserSeconds] + usage[(int)ProcessField.SystemSeconds])
            .Gauge("engine_rss_bytes", "Resident memory of the engine's own process.", () => usage[(int)ProcessField.RssBytes]));

        void Update()
        {
            usage.AsSpan().Fill(double.NaN);
            process.Read(usage);
        }
    }
}
