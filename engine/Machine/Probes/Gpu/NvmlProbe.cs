using MemoryWall.Core.Telemetry;
using MemoryWall.Machine.Gpu;
using MemoryWall.Machine.Processes;

namespace MemoryWall.Machine.Probes.Gpu;

/// <summary>NVIDIA devices. What a device does not answer is absent.</summary>
internal sealed class NvmlProbe : IProbe
{
    private const int ColumnsPerDevice = 13;
    private readonly INvml _nvml;
    private readonly ServerWatch _watch;
    private readonly ProbeColumns _columns = new("nvml");
    private readonly NvmlProcess[] _processes = new NvmlProcess[256];

    public NvmlProbe(INvml nvml, ServerWatch watch)
    {
        _nvml = nvml;
        _watch = watch;
        for (var i = 0; i < nvml.DeviceCount; i++)
        {
            var gpu = FormattableString.Invariant($"gpu{i}");
            _columns.AddGauge($"{gpu}_utilization_ratio",
                $"Share of the last sample period in which a kernel ran on {nvml.Name(i) ?? "this device"}; says nothing of how full it was.");
            _columns.AddGauge($"{gpu}_memory_busy_ratio", "Share of the last sample period in which its memory was read or written.");
            _columns.AddGauge($"{gpu}_memory_used_bytes", "Its memory in use, by all processes and the driver.");
            _columns.AddGauge($"{gpu}_memory_total_bytes", "Its memory.");
            _columns.AddGauge($"{gpu}_server_memory_bytes",
                "Its memory held by the server's processes; absent where the driver lists none of them or tells no bytes.");
            _columns.AddGauge($"{gpu}_sm_clock_hz", "Clock of its multiprocessors.");
            _columns.AddGauge($"{gpu}_memory_clock_hz", "Clock of its memory.");
            _columns.AddGauge($"{gpu}_power_watts", "Power that it draws, memory included (averaged over up to 1 s by the driver).");
            _columns.AddCounter($"{gpu}_energy_joules_total", "Energy that it used since the driver was loaded.");
            _columns.AddGauge($"{gpu}_temperature_celsius", "Temperature of its chip.");
            _columns.AddGauge($"{gpu}_throttle_bits",
                "Reasons for which it is slowed down: 4 power cap, 8 hardware, 32 software thermal, 64 hardware thermal, 128 power brake; 0 for none.");
            _columns.AddGauge($"{gpu}_pcie_received_bytes_per_second", "Bytes over PCIe to the device, over the last 20 ms.");
            _columns.AddGauge($"{gpu}_pcie_sent_bytes_per_second", "Bytes over PCIe from the device, over the last 20 ms.");
        }
    }

    public string Name => "nvml";

    public ProbeCost Cost => ProbeCost.Blocking;

    public TimeSpan Period => TimeSpan.FromMilliseconds(100);

    public string Intrusion => "calls the driver; the two PCIe readings take 20 ms each";

    public IReadOnlyList<TelemetryColumn> Columns => _columns.All;

    public static ProbeDiscovery Discover(ServerWatch watch)
    {
        if (NvmlLibrary.TryLoad(out var reason) is not { } nvml)
            return ProbeDiscovery.Missing("nvml", reason,
                "NVIDIA's driver (in a container also the NVIDIA container toolkit); nothing where the machine has no NVIDIA device");
        if (nvml.DeviceCount > 0)
            return ProbeDiscovery.Found(new NvmlProbe(nvml, watch));
        nvml.Dispose();
        return ProbeDiscovery.Missing("nvml", "the driver shows no device");
    }

    public void Read(Span<double> row)
    {
        for (var i = 0; i < _nvml.DeviceCount; i++)
            ReadDevice(i, row.Slice(i * ColumnsPerDevice, ColumnsPerDevice));
    }

    public void Dispose() => _nvml.Dispose();

    private void ReadDevice(int device, Span<double> row)
    {
        row[0] = Scaled(_nvml.UtilizationPercent(device), 0.01);
        row[1] = Scaled(_nvml.MemoryUtilizationPercent(device), 0.01);
        if (_nvml.Memory(device) is { } memory)
            (row[2], row[3]) = (memory.Used, memory.Total);
        row[4] = ServerBytes(device);
        row[5] = Scaled(_nvml.SmClockMegahertz(device), 1e6);
        row[6] = Scaled(_nvml.MemoryClockMegahertz(device), 1e6);
        row[7] = Scaled(_nvml.PowerMilliwatts(device), 1e-3);
        row[8] = Scaled(_nvml.EnergyMillijoules(device), 1e-3);
        row[9] = Scaled(_nvml.TemperatureCelsius(device), 1);
        row[10] = Scaled(_nvml.ThrottleReasons(device) & (ulong)NvmlThrottleReasons.Any, 1);
        row[11] = Scaled(_nvml.PcieReceivedKibibytesPerSecond(device), 1024);
        row[12] = Scaled(_nvml.PcieSentKibibytesPerSecond(device), 1024);
    }

    // None of the server's processes in the list is no proof of 0 bytes: in a container the driver may name processes by other numbers, or
    // none.
    private double ServerBytes(int device)
    {
        var pids = _watch.Tree.Pids;
        if (pids.Length == 0 || _nvml.Processes(device, _processes) is not { } count)
            return double.NaN;
        double sum = 0;
        var found = false;
        for (var i = 0; i < count; i++)
        {
            if (Array.IndexOf(pids, (int)_processes[i].Pid) < 0)
                continue;
            found = true;
            sum += _processes[i].UsedBytes ?? double.NaN;
        }
        return found ? sum : double.NaN;
    }

    private static double Scaled(double? value, double factor) => value * factor ?? double.NaN;
}
