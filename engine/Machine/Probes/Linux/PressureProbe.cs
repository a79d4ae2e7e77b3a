using MemoryWall.Machine.Linux;

namespace MemoryWall.Machine.Probes.Linux;

/// <summary>Pressure stall information of the machine: time in which tasks waited for CPU, memory or disk.</summary>
internal static class PressureProbe
{
    private static readonly string[] s_resources = ["cpu", "memory", "io"];

    public static ProbeDiscovery Discover(LinuxRoot root)
    {
        var files = s_resources.Select(r => PressureFile.TryOpen(Path.Combine(root.Proc, "pressure", r))).OfType<PressureFile>().ToArray();
        if (files.Length < s_resources.Length)
        {
            foreach (var file in files)
                file.Dispose();
            return ProbeDiscovery.Missing("host_pressure", "the kernel reports no pressure stall information",
                "a kernel from 4.20 on with CONFIG_PSI, started with psi=1 where it is off");
        }
        var values = new (double Some, double Full)[files.Length];
        var probe = new ColumnProbe("host_pressure", files) { Intrusion = "reads three files of /proc", Update = Update };
        for (var i = 0; i < files.Length; i++)
        {
            var (index, resource) = (i, s_resources[i]);
            probe.Counter($"host_pressure_{resource}_some_seconds_total",
                    $"Time in which at least one task of the machine waited for {resource}.", () => values[index].Some)
                .Counter($"host_pressure_{resource}_full_seconds_total",
                    $"Time in which all tasks of the machine that had work waited for {resource}.", () => values[index].Full);
        }
        return ProbeDiscovery.Found(probe);

        void Update()
        {
            for (var i = 0; i < files.Length; i++)
                values[i] = files[i].Read();
        }
    }
}
