using System.Text;
using MemoryWall.Machine.Linux;

namespace MemoryWall.Machine.Probes.Linux;

/// <summary>Temperatures of the machine's sensors, from hwmon, else from thermal zones.</summary>
internal static class TemperatureProbe
{
    private const int MaxSensors = 64;

    public static ProbeDiscovery Discover(LinuxRoot root)
    {
        var sensors = FindHwmonSensors(root).ToList();
        if (sensors.Count == 0)
            sensors = [.. FindThermalZones(root)];
        var probe = new ColumnProbe("temperature") { Cost = ProbeCost.Blocking, Intrusion = "some sensors are read over a slow bus" };
        var names = new List<string>();
        foreach (var (path, sensor) in sensors)
        {
            if (names.Count == MaxSensors || ProcFile.TryOpen(path) is not { } file)
                continue;
            probe.Own(file);
            names.Add(MakeUnique(ToColumnName(sensor), names));
            // The files are in thousandths of a degree.
            probe.Gauge($"temperature_{names[^1]}_celsius", "Temperature of this sensor.", () => file.ReadNumber() / 1000);
        }
        return probe.Columns.Count > 0
            ? ProbeDiscovery.Found(probe)
            : ProbeDiscovery.Missing("temperature", "the kernel shows no temperature (usual in virtual machines)",
                "on a physical machine: the sensor's kernel module (coretemp, k10temp)");
    }

    private static IEnumerable<(string Path, string Name)> FindHwmonSensors(LinuxRoot root)
    {
        foreach (var chip in LinuxRoot.ListEntries(Path.Combine(root.Sys, "class/hwmon")))
        {
            var chipName = LinuxRoot.ReadLine(Path.Combine(chip, "name")) ?? Path.GetFileName(chip);
            foreach (var input in LinuxRoot.ListEntries(chip, "temp*_input"))
            {
                var label = LinuxRoot.ReadLine(input.Replace("_input", "_label", StringComparison.Ordinal))
                    ?? Path.GetFileName(input).Replace("_input", "", StringComparison.Ordinal);
                yield return (input, $"{chipName}_{label}");
            }
        }
    }

    private static IEnumerable<(string Path, string Name)> FindThermalZones(LinuxRoot root) =>
        root.ThermalZones
            .Select(zone => (Path.Combine(zone, "temp"), LinuxRoot.ReadLine(Path.Combine(zone, "type")) ?? Path.GetFileName(zone)));

    // "Package id 0" becomes "package_id_0": column names consist of lower-case letters, digits and underscores.
    private static string ToColumnName(string name)
    {
        var plain = new StringBuilder();
        foreach (var c in name.Trim())
            plain.Append(char.IsAsciiLetterOrDigit(c) ? char.ToLowerInvariant(c) : '_');
        return plain.ToString();
    }

    private static string MakeUnique(string name, List<string> taken)
    {
        var unique = name;
        for (var i = 2; taken.Contains(unique); i++)
            unique = FormattableString.Invariant($"{name}_{i}");
        return unique;
    }
}
