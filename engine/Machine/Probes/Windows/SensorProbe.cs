using System.Text;

namespace MemoryWall.Machine.Probes.Windows;

/// <summary>Temperatures, loads, clocks, power and memory from a sensor library. The logic is tested on scripted sensors.</summary>
internal static class SensorProbe
{
    private const int MaxSensors = 256;

    // The library's kinds, the unit of our column and the factor between them (clocks are in MHz, data in GiB, small data in MiB).
    private static readonly Dictionary<string, (string Unit, double Factor)> s_units = new(StringComparer.Ordinal)
    {
        ["Temperature"] = ("celsius", 1),
        ["Load"] = ("load_ratio", 0.01),
        ["Clock"] = ("hz", 1e6),
        ["Power"] = ("watts", 1),
        ["Data"] = ("bytes", 1L << 30),
        ["SmallData"] = ("bytes", 1L << 20),
        ["Throughput"] = ("bytes_per_second", 1),
    };

    public delegate ISensorSource? Opener(out string reason);

    public static ProbeDiscovery Discover(Opener open)
    {
        if (open(out var reason) is not { } source)
            return ProbeDiscovery.Missing("sensors", reason, SensorSources.Remedy);
        var isUpdated = false;
        var probe = new ColumnProbe("sensors", source)
        {
            Cost = ProbeCost.Blocking,
            Intrusion = "reads the devices' registers through a kernel driver, up to a tenth of a second",
            Update = Update,
        };
        foreach (var sensor in source.Sensors)
        {
            if (probe.Columns.Count == MaxSensors || !s_units.TryGetValue(sensor.Kind, out var kind))
                continue;
            var stem = $"sensor_{ToColumnName(sensor.Hardware)}_{ToColumnName(sensor.Name)}";
            var name = $"{stem}_{kind.Unit}";
            for (var i = 2; probe.Columns.Any(c => c.Name == name); i++)
                name = FormattableString.Invariant($"{stem}_{i}_{kind.Unit}");
            probe.Gauge(name, $"{sensor.Kind} '{sensor.Name}' of {sensor.Hardware}.",
                () => isUpdated ? sensor.Read() * kind.Factor : null);
        }
        if (probe.Columns.Count > 0)
            return ProbeDiscovery.Found(probe);
        source.Dispose();
        return ProbeDiscovery.Missing("sensors", "the sensor library found no sensor", SensorSources.Remedy);

        void Update()
        {
            try
            {
                source.Update();
                isUpdated = true;
            }
            catch (Exception e) when (e is not OutOfMemoryException)
            {
                // A driver that fails once (a device in sleep, a bus in use) makes a gap; the previous values are not repeated.
                isUpdated = false;
            }
        }
    }

    private static string ToColumnName(string name)
    {
        var plain = new StringBuilder();
        foreach (var c in name.Trim())
        {
            if (char.IsAsciiLetterOrDigit(c))
                plain.Append(char.ToLowerInvariant(c));
            else if (plain.Length > 0 && plain[^1] != '_')
                plain.Append('_');
        }
        return plain.ToString().TrimEnd('_');
    }
}
