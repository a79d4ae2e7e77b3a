using MemoryWall.Machine.Gpu;

namespace MemoryWall.Engine.Tests.Machine.Probes.Gpu;

/// <summary>Device 0 answers every call, device 1 none.</summary>
internal sealed class ScriptedNvml : INvml
{
    public string? DriverVersion => "570.1";

    public int DeviceCount => 2;

    public string? Name(int device) => $"Scripted {device}";

    public NvmlMemory? Memory(int device) => device == 0 ? new NvmlMemory(80_000_000_000, 56_000_000_000, 24_000_000_000) : null;

    public uint? UtilizationPercent(int device) => device == 0 ? 97u : null;

    public uint? MemoryUtilizationPercent(int device) => device == 0 ? 51u : null;

    public uint? SmClockMegahertz(int device) => device == 0 ? 1980u : null;

    public uint? MemoryClockMegahertz(int device) => device == 0 ? 2619u : null;

    public uint? PowerMilliwatts(int device) => device == 0 ? 312_500u : null;

    public ulong? EnergyMillijoules(int device) => device == 0 ? 1_234_500ul : null;

    public uint? TemperatureCelsius(int device) => device == 0 ? 66u : null;

    public ulong? ThrottleReasons(int device) => device == 0 ? 0x41ul : null;

    public uint? PcieReceivedKibibytesPerSecond(int device) => device == 0 ? 500u : null;

    public uint? PcieSentKibibytesPerSecond(int device) => device == 0 ? 400u : null;

    public int? Processes(int device, Span<NvmlProcess> into)
    {
        if (device != 0)
            return null;
        into[0] = new NvmlProcess(76, 4_000_000_000);
        into[1] = new NvmlProcess(77, 20_000_000_000);
        into[2] = new NvmlProcess(78, null);
        return 3;
    }

    public void Dispose()
    {
    }
}
