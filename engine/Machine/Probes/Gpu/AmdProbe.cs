using MemoryWall.Machine.Gpu;
using MemoryWall.Machine.Linux;

namespace MemoryWall.Machine.Probes.Gpu;

/// <summary>AMD devices, from the amdgpu driver's files in sysfs. Tested on captured folders; not run here on a device.</summary>
internal static class AmdProbe
{
    public static ProbeDiscovery Discover(LinuxRoot root)
    {
        var devices = AmdDevice.Find(root);
        if (devices.Count == 0)
            return ProbeDiscovery.Missing("amdgpu", "the kernel shows no device of the amdgpu driver");
        var probe = new ColumnProbe("amdgpu")
        {
            Cost = ProbeCost.Blocking,
            Period = TimeSpan.FromMilliseconds(100),
            Intrusion = "the driver queries the device for each reading, which keeps it from its deepest sleep",
        };
        for (var i = 0; i < devices.Count; i++)
            AddDevice(probe, FormattableString.Invariant($"amd_gpu{i}"), devices[i]);
        return ProbeDiscovery.Found(probe);
    }

    private static void AddDevice(ColumnProbe probe, string gpu, AmdDevice device)
    {
        Gauge(device.Folder, "gpu_busy_percent", "utilization_ratio", 0.01, $"Share of time in which {device.Name} was busy.");
        Gauge(device.Folder, "mem_busy_percent", "memory_busy_ratio", 0.01, "Share of time in which its memory was busy.");
        Gauge(device.Folder, "mem_info_vram_used", "memory_used_bytes", 1, "Its own memory in use, by all processes.");
        Gauge(device.Folder, "mem_info_vram_total", "memory_total_bytes", 1, "Its own memory.");
        Gauge(device.Folder, "mem_info_gtt_used", "host_memory_used_bytes", 1, "RAM that it uses.");
        // One hwmon folder a device: power in µW (average on discrete devices, input on newer ones), clocks in Hz, temperatures in m°C.
        if (LinuxRoot.ListEntries(Path.Combine(device.Folder, "hwmon")).FirstOrDefault() is not { } sensors)
            return;
        if (!Gauge(sensors, "power1_average", "power_watts", 1e-6, "Power that it draws."))
            Gauge(sensors, "power1_input", "power_watts", 1e-6, "Power that it draws.");
        Gauge(sensors, "freq1_input", "sm_clock_hz", 1, "Clock of its shaders.");
        Gauge(sensors, "freq2_input", "memory_clock_hz", 1, "Clock of its memory.");
        Gauge(sensors, "temp1_input", "temperature_celsius", 1e-3, "Temperature at its edge.");
        Gauge(sensors, "temp2_input", "hotspot_celsius", 1e-3, "Temperature at its hottest point.");

        bool Gauge(string folder, string name, string column, double factor, string meaning)
        {
            if (ProcFile.TryOpen(Path.Combine(folder, name)) is not { } file)
                return false;
            probe.Own(file);
            probe.Gauge($"{gpu}_{column}", meaning, () => file.ReadNumber() * factor);
            return true;
        }
    }
}
