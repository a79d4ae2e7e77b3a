using System.Text;
using MemoryWall.Core.Telemetry;

namespace MemoryWall.Machine.Probes.Windows;

/// <summary>A sensor of a library that reads the machine's hardware.</summary>
/// <param name="Hardware">The device's name.</param>
/// <param name="Name">The sensor's name.</param>
/// <param name="Kind">What it measures, in the library's word: <c>Temperature</c>, <c>Load</c>, <c>Power</c>, <c>Clock</c>, …</param>
/// <param name="Read">Its last value, in the library's unit; null where it has none.</param>
internal sealed record Sensor(string Hardware, string Name, string Kind, Func<float?> Read);

/// <summary>A library that reads the machine's hardware.</summary>
internal interface ISensorSource : IDisposable
{
    /// <summary>The sensors, in an order that stays the same.</summary>
    IReadOnlyList<Sensor> Sensors { get; }

    /// <summary>Asks all devices for new values. May block for a tenth of a second.</summary>
    void Update();
}

/// <summary>Temperatures, loads, clocks, power and memory from a sensor library. The logic is tested on scripted sensors.</summary>
internal sealed class SensorProbe : IProbe
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

    private readonly ISensorSource _source;
    private readonly ProbeColumns _columns = new("sensors");
    private readonly List<(Sensor Sensor, double Factor)> _sensors = [];

    private SensorProbe(ISensorSource source)
    {
        _source = source;
        foreach (var sensor in source.Sensors)
        {
            if (_sensors.Count == MaxSensors || !s_units.TryGetValue(sensor.Kind, out var kind))
                continue;
            var stem = $"sensor_{ToColumnName(sensor.Hardware)}_{ToColumnName(sensor.Name)}";
            var name = $"{stem}_{kind.Unit}";
            for (var i = 2; _columns.All.Any(c => c.Name == name); i++)
                name = FormattableString.Invariant($"{stem}_{i}_{kind.Unit}");
            _columns.AddGauge(name, $"{sensor.Kind} '{sensor.Name}' of {sensor.Hardware}.");
            _sensors.Add((sensor, kind.Factor));
        }
    }

    public delegate ISensorSource? Opener(out string reason);

    public string Name => "sensors";

    public ProbeCost Cost => ProbeCost.Blocking;

    public string Intrusion => "reads the devices' registers through a kernel driver, up to a tenth of a second";

    public IReadOnlyList<TelemetryColumn> Columns => _columns.All;

    public static ProbeDiscovery Discover(Opener open)
    {
        if (open(out var reason) is not { } source)
            return ProbeDiscovery.Missing("sensors", reason, SensorSources.Remedy);
        var probe = new SensorProbe(source);
        if (probe._sensors.Count > 0)
            return ProbeDiscovery.Found(probe);
        source.Dispose();
        return ProbeDiscovery.Missing("sensors", "the sensor library found no sensor", SensorSources.Remedy);
    }

    public void Read(Span<double> row)
    {
        try
        {
            _source.Update();
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            // A driver that fails once (a device in sleep, a bus in use) makes a gap; what it last said is not shown again.
            return;
        }
        for (var i = 0; i < _sensors.Count; i++)
            row[i] = _sensors[i].Sensor.Read() * _sensors[i].Factor ?? double.NaN;
    }

    public void Dispose() => _source.Dispose();

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
