using MemoryWall.Machine.Gpu;
using MemoryWall.Machine.Processes;

namespace MemoryWall.Machine.Probes.Gpu;

/// <summary>NVIDIA devices. A value that a device does not report is absent.</summary>
internal static class NvmlProbe
{
    private const int MaxProcesses = 256;

    public static ProbeDiscovery Discover(ServerWatch watch)
    {
        if (NvmlLibrary.TryLoad(out var reason) is not { } nvml)
            return ProbeDiscovery.Missing("nvml", reason,
                "NVIDIA's driver (in a container also the NVIDIA container toolkit); nothing where the machine has no NVIDIA device");
        if (nvml.DeviceCount > 0)
            return ProbeDiscovery.Found(Create(nvml, watch));
        nvml.Dispose();
        return ProbeDiscovery.Missing("nvml", "the driver shows no device");
    }

    public static ColumnProbe Create(INvml nvml, ServerWatch watch)
    {
        var memory = new NvmlMemory?[nvml.DeviceCount];
        var processes = new NvmlProcess[MaxProcesses];
        var probe = new ColumnProbe("nvml", nvml)
        {
            Cost = ProbeCost.Blocking,
            Period = TimeSpan.FromMilliseconds(100),
            Intrusion = "calls the driver; the two PCIe readings take 20 ms each",
            Update = ReadMemory,
        };
        for (var i = 0; i < nvml.DeviceCount; i++)
        {
            var device = i;
            var gpu = FormattableString.Invariant($"gpu{device}");
            probe.Gauge($"{gpu}_utilization_ratio",
                    $"Share of the last sample period in which a kernel ran on {nvml.Name(device) ?? "this device"}; not how full it was.",
                    () => nvml.UtilizationPercent(device) * 0.01)
                .Gauge($"{gpu}_memory_busy_ratio", "Share of the last sample period in which its memory was read or written.",
                    () => nvml.MemoryUtilizationPercent(device) * 0.01)
                .Gauge($"{gpu}_memory_used_bytes", "Its memory in use, by all processes and the driver.", () => memory[device]?.Used)
                .Gauge($"{gpu}_memory_total_bytes", "Its memory.", () => memory[device]?.Total)
                .Gauge($"{gpu}_server_memory_bytes",
                    "Its memory in use by the server's processes; absent where the driver lists none of them or reports no bytes.",
                    () => SumServerBytes(device))
                .Gauge($"{gpu}_sm_clock_hz", "Clock of its multiprocessors.", () => nvml.SmClockMegahertz(device) * 1e6)
                .Gauge($"{gpu}_memory_clock_hz", "Clock of its memory.", () => nvml.MemoryClockMegahertz(device) * 1e6)
                .Gauge($"{gpu}_power_watts", "Power that it draws, memory included (averaged over up to 1 s by the driver).",
                    () => nvml.PowerMilliwatts(device) * 1e-3)
                .Counter($"{gpu}_energy_joules_total", "Energy that it used since the driver was loaded.",
                    () => nvml.EnergyMillijoules(device) * 1e-3)
                .Gauge($"{gpu}_temperature_celsius", "Temperature of its chip.", () => nvml.TemperatureCelsius(device))
                .Gauge($"{gpu}_throttle_bits",
                    "Reasons for which it is slowed down: 4 power cap, 8 hardware, 32 software thermal, 64 hardware thermal, "
                    + "128 power brake; 0 for none.", () => nvml.ThrottleReasons(device) & (ulong)NvmlThrottleReasons.Any)
                .Gauge($"{gpu}_pcie_received_bytes_per_second", "Bytes over PCIe to the device, over the last 20 ms.",
                    () => nvml.PcieReceivedKibibytesPerSecond(device) * 1024.0)
                .Gauge($"{gpu}_pcie_sent_bytes_per_second", "Bytes over PCIe from the device, over the last 20 ms.",
                    () => nvml.PcieSentKibibytesPerSecond(device) * 1024.0);
        }
        return probe;

        void ReadMemory()
        {
            for (var device = 0; device < memory.Length; device++)
                memory[device] = nvml.Memory(device);
        }

        // A list without the server's processes does not prove 0 bytes: in a container the driver may use other process ids, or list none.
        double? SumServerBytes(int device)
        {
            var pids = watch.Tree.Pids;
            if (pids.Length == 0 || nvml.Processes(device, processes) is not { } count)
                return null;
            double? sum = null;
            for (var i = 0; i < count; i++)
            {
                if (Array.IndexOf(pids, (int)processes[i].Pid) >= 0)
                    sum = (sum ?? 0) + (processes[i].UsedBytes ?? double.NaN);
            }
            return sum;
        }
    }
}
