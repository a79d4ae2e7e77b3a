using System.Text;
using MemoryWall.Core.Telemetry;
using MemoryWall.Machine.Linux;

namespace MemoryWall.Machine.Probes.Linux;

/// <summary>Temperatures of the machine's sensors, from hwmon, else from thermal zones.</summary>
internal sealed class TemperatureProbe : IProbe
{
    private const int MaxSensors = 64;
    private readonly NumberFiles _files;
    private readonly ProbeColumns _columns = new("temperature");

    private TemperatureProbe(NumberFiles files, IReadOnlyList<string> names)
    {
        _files = files;
        foreach (var name in names)
            _columns.AddGauge($"temperature_{name}_celsius", "Temperature of this sensor.");
    }

    public string Name => "temperature";

    public ProbeCost Cost => ProbeCost.Blocking;

    public string Intrusion => "some sensors are asked over a slow bus";

    public IReadOnlyList<TelemetryColumn> Columns => _columns.All;

    public static ProbeDiscovery Discover(LinuxRoot root)
    {
        var sensors = Hwmon(root).ToList();
        if (sensors.Count == 0)
            sensors = [.. Zones(root)];
        var files = new List<ProcFile>();
        var names = new List<string>();
        foreach (var (path, name) in sensors)
        {
            if (files.Count == MaxSensors || ProcFile.TryOpen(path) is not { } file)
                continue;
            files.Add(file);
            names.Add(Unique(ToColumnName(name), names));
        }
        return files.Count > 0
            ? ProbeDiscovery.Found(new TemperatureProbe(new NumberFiles(files), names))
            : ProbeDiscovery.Missing("temperature", "the kernel shows no temperature (usual in virtual machines)",
                "on a bare machine: the sensor's kernel module (coretemp, k10temp)");
    }

    // The files are in thousandths of a degree.
    public void Read(Span<double> row)
    {
        for (var i = 0; i < _files.Count; i++)
            row[i] = _files[i] / 1000;
    }

    public void Dispose() => _files.Dispose();

    private static IEnumerable<(string Path, string Name)> Hwmon(LinuxRoot root)
    {
        foreach (var chip in LinuxRoot.ListEntries(Path.Combine(root.Sys, "class/hwmon")))
        {
            var name = LinuxRoot.ReadLine(Path.Combine(chip, "name")) ?? Path.GetFileName(chip);
            foreach (var input in LinuxRoot.ListEntries(chip, "temp*_input"))
                yield return (input,
                    $"{name}_{LinuxRoot.ReadLine(input.Replace("_input", "_label", StringComparison.Ordinal)) ?? Path.GetFileName(input).Replace("_input", "", StringComparison.Ordinal)}");
        }
    }

    private static IEnumerable<(string Path, string Name)> Zones(LinuxRoot root) =>
        LinuxRoot.ListEntries(Path.Combine(root.Sys, "class/thermal"), "thermal_zone*")
            .Select(zone => (Path.Combine(zone, "temp"), LinuxRoot.ReadLine(Path.Combine(zone, "type")) ?? Path.GetFileName(zone)));

    // "Package id 0" becomes "package_id_0": names of columns are lower case, figures and underscores.
    private static string ToColumnName(string name)
    {
        var plain = new StringBuilder();
        foreach (var c in name.Trim())
            plain.Append(char.IsAsciiLetterOrDigit(c) ? char.ToLowerInvariant(c) : '_');
        return plain.ToString();
    }

    private static string Unique(string name, List<string> taken)
    {
        var unique = name;
        for (var i = 2; taken.Contains(unique); i++)
            unique = FormattableString.Invariant($"{name}_{i}");
        return unique;
    }
}
