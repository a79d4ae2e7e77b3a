using MemoryWall.Core.Telemetry;
using MemoryWall.Machine.Gpu;
using MemoryWall.Machine.Linux;

namespace MemoryWall.Machine.Probes.Gpu;

/// <summary>AMD devices, from the amdgpu driver's files in sysfs. Tested on captured folders; not run here on a device.</summary>
internal sealed class AmdProbe : IProbe
{
    private readonly ProbeColumns _columns = new("amdgpu");
    private readonly List<(ProcFile File, int Column, double Factor)> _files = [];

    private AmdProbe(IReadOnlyList<AmdDevice> devices)
    {
        for (var i = 0; i < devices.Count; i++)
        {
            var gpu = FormattableString.Invariant($"amd_gpu{i}");
            var folder = devices[i].Folder;
            Add(Path.Combine(folder, "gpu_busy_percent"), $"{gpu}_utilization_ratio", 0.01,
                $"Share of time in which {devices[i].Name} was busy.");
            Add(Path.Combine(folder, "mem_busy_percent"), $"{gpu}_memory_busy_ratio", 0.01, "Share of time in which its memory was busy.");
            Add(Path.Combine(folder, "mem_info_vram_used"), $"{gpu}_memory_used_bytes", 1, "Its own memory in use, by all processes.");
            Add(Path.Combine(folder, "mem_info_vram_total"), $"{gpu}_memory_total_bytes", 1, "Its own memory.");
            Add(Path.Combine(folder, "mem_info_gtt_used"), $"{gpu}_host_memory_used_bytes", 1, "RAM that it uses.");
            // One hwmon folder a device: power in µW (average on discrete devices, input on newer ones), clocks in Hz, temperatures in m°C.
            if (LinuxRoot.ListEntries(Path.Combine(folder, "hwmon")).FirstOrDefault() is not { } sensors)
                continue;
            if (!Add(Path.Combine(sensors, "power1_average"), $"{gpu}_power_watts", 1e-6, "Power that it draws."))
                Add(Path.Combine(sensors, "power1_input"), $"{gpu}_power_watts", 1e-6, "Power that it draws.");
            Add(Path.Combine(sensors, "freq1_input"), $"{gpu}_sm_clock_hz", 1, "Clock of its shaders.");
            Add(Path.Combine(sensors, "freq2_input"), $"{gpu}_memory_clock_hz", 1, "Clock of its memory.");
            Add(Path.Combine(sensors, "temp1_input"), $"{gpu}_temperature_celsius", 1e-3, "Temperature at its edge.");
            Add(Path.Combine(sensors, "temp2_input"), $"{gpu}_hotspot_celsius", 1e-3, "Temperature at its hottest point.");
        }
    }

    public string Name => "amdgpu";

    public ProbeCost Cost => ProbeCost.Blocking;

    public TimeSpan Period => TimeSpan.FromMilliseconds(100);

    public string Intrusion => "the driver asks the device for each reading, which keeps it from its deepest sleep";

    public IReadOnlyList<TelemetryColumn> Columns => _columns.All;

    public static ProbeDiscovery Discover(LinuxRoot root)
    {
        var devices = AmdDevice.Find(root);
        return devices.Count == 0
            ? ProbeDiscovery.Missing("amdgpu", "the kernel shows no device of the amdgpu driver")
            : ProbeDiscovery.Found(new AmdProbe(devices));
    }

    public void Read(Span<double> row)
    {
        foreach (var (file, column, factor) in _files)
            row[column] = file.Read() is { IsEmpty: false } text ? AsciiParser.ParseSigned(text) * factor : double.NaN;
    }

    public void Dispose()
    {
        foreach (var (file, _, _) in _files)
            file.Dispose();
    }

    private bool Add(string path, string name, double factor, string meaning)
    {
        if (ProcFile.TryOpen(path) is not { } file)
            return false;
        _files.Add((file, _columns.AddGauge(name, meaning), factor));
        return true;
    }
}
