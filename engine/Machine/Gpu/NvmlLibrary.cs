using System.Runtime.InteropServices;
using System.Text;

namespace MemoryWall.Machine.Gpu;

/// <summary>
/// NVML (<c>libnvidia-ml.so.1</c>, <c>nvml.dll</c>) by its C entry points; signatures and sizes as in nvml.h. Entry points are looked up
/// one by one, so that with an older driver one value is missing, not the whole library. Not run here on a device: the calls are tested
/// against a library with the same C signatures, their users on a scripted <see cref="INvml"/>.
/// </summary>
internal sealed unsafe class NvmlLibrary : INvml
{
    private const int Success = 0;
    private const int MaxDevices = 64;
    private const ulong NotAvailable = ulong.MaxValue;

    private static readonly string[] s_libraryNames = OperatingSystem.IsWindows()
        ? ["nvml.dll",
            Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.ProgramFiles), @"NVIDIA Corporation\NVSMI\nvml.dll")]
        : ["libnvidia-ml.so.1", "/usr/lib/wsl/lib/libnvidia-ml.so.1"];

    private readonly nint _library;
    private readonly nint[] _devices;
    private readonly EntryPoints _entryPoints;
    private readonly NativeProcess[] _processes = new NativeProcess[256];

    private NvmlLibrary(nint library, EntryPoints entries)
    {
        _library = library;
        _entryPoints = entries;
        uint count = 0;
        var devices = new List<nint>();
        if (entries.Count != null && entries.Count(&count) == Success)
        {
            for (uint i = 0; i < Math.Min(count, MaxDevices); i++)
            {
                nint device;
                if (entries.Handle != null && entries.Handle(i, &device) == Success)
                    devices.Add(device);
            }
        }
        _devices = [.. devices];
        DriverVersion = Text(entries.Driver, 80);
    }

    public string? DriverVersion { get; }

    public int DeviceCount => _devices.Length;

    /// <summary>Loads and starts the library; null, with the reason, where that is not possible.</summary>
    public static NvmlLibrary? TryLoad(out string reason) => TryLoad(s_libraryNames, out reason);

    /// <summary>Loads and starts the first of these files that exists.</summary>
    public static NvmlLibrary? TryLoad(IReadOnlyList<string> names, out string reason)
    {
        foreach (var name in names)
        {
            if (!NativeLibrary.TryLoad(name, out var library))
                continue;
            var entries = new EntryPoints(library);
            var started = entries.Init == null ? -1 : entries.Init();
            if (started == Success)
            {
                reason = "";
                return new NvmlLibrary(library, entries);
            }
            NativeLibrary.Free(library);
            reason = FormattableString.Invariant($"{name} exists but did not start (NVML error {started}); is the kernel driver loaded?");
            return null;
        }
        reason = $"{names[0]} is not installed";
        return null;
    }

    public string? Name(int device)
    {
        var buffer = stackalloc byte[96];
        return _entryPoints.Name != null && _entryPoints.Name(_devices[device], buffer, 96) == Success ? Utf8(buffer, 96) : null;
    }

    public NvmlMemory? Memory(int device)
    {
        NvmlMemory memory;
        return _entryPoints.Memory != null && _entryPoints.Memory(_devices[device], &memory) == Success ? memory : null;
    }

    public uint? UtilizationPercent(int device) => Utilization(device)?.Gpu;

    public uint? MemoryUtilizationPercent(int device) => Utilization(device)?.Memory;

    public uint? SmClockMegahertz(int device) => Number(_entryPoints.Clock, device, 1);

    public uint? MemoryClockMegahertz(int device) => Number(_entryPoints.Clock, device, 2);

    public uint? PowerMilliwatts(int device)
    {
        uint value;
        return _entryPoints.Power != null && _entryPoints.Power(_devices[device], &value) == Success ? value : null;
    }

    public ulong? EnergyMillijoules(int device)
    {
        ulong value;
        return _entryPoints.Energy != null && _entryPoints.Energy(_devices[device], &value) == Success ? value : null;
    }

    public uint? TemperatureCelsius(int device) => Number(_entryPoints.Temperature, device, 0);

    public ulong? ThrottleReasons(int device)
    {
        ulong value;
        return _entryPoints.Throttle != null && _entryPoints.Throttle(_devices[device], &value) == Success ? value : null;
    }

    public uint? PcieReceivedKibibytesPerSecond(int device) => Number(_entryPoints.Pcie, device, 1);

    public uint? PcieSentKibibytesPerSecond(int device) => Number(_entryPoints.Pcie, device, 0);

    public int? Processes(int device, Span<NvmlProcess> into)
    {
        if (_entryPoints.Processes == null)
            return null;
        var count = (uint)_processes.Length;
        fixed (NativeProcess* processes = _processes)
        {
            if (_entryPoints.Processes(_devices[device], &count, processes) != Success)
                return null;
        }
        var filled = Math.Min((int)Math.Min(count, (uint)_processes.Length), into.Length);
        for (var i = 0; i < filled; i++)
            into[i] = new NvmlProcess(_processes[i].Pid, _processes[i].UsedBytes == NotAvailable ? null : _processes[i].UsedBytes);
        return filled;
    }

    public void Dispose()
    {
        if (_entryPoints.Shutdown != null)
            _ = _entryPoints.Shutdown();
        NativeLibrary.Free(_library);
    }

    private NativeUtilization? Utilization(int device)
    {
        NativeUtilization value;
        return _entryPoints.Utilization != null && _entryPoints.Utilization(_devices[device], &value) == Success ? value : null;
    }

    private uint? Number(delegate* unmanaged<nint, int, uint*, int> entry, int device, int which)
    {
        uint value;
        return entry != null && entry(_devices[device], which, &value) == Success ? value : null;
    }

    private static string? Text(delegate* unmanaged<byte*, uint, int> entry, int length)
    {
        var buffer = stackalloc byte[length];
        return entry != null && entry(buffer, (uint)length) == Success ? Utf8(buffer, length) : null;
    }

    private static string Utf8(byte* buffer, int length)
    {
        var span = new ReadOnlySpan<byte>(buffer, length);
        var end = span.IndexOf((byte)0);
        return Encoding.UTF8.GetString(end < 0 ? span : span[..end]);
    }

    private struct NativeUtilization
    {
        public uint Gpu;
        public uint Memory;
    }

    // nvmlProcessInfo_t of the _v3 call: 24 bytes.
    private struct NativeProcess
    {
        public uint Pid;
        public ulong UsedBytes;
        public uint GpuInstance;
        public uint ComputeInstance;
    }

    private readonly struct EntryPoints(nint library)
    {
        public readonly delegate* unmanaged<int> Init = (delegate* unmanaged<int>)Find(library, "nvmlInit_v2");
        public readonly delegate* unmanaged<int> Shutdown = (delegate* unmanaged<int>)Find(library, "nvmlShutdown");
        public readonly delegate* unmanaged<byte*, uint, int> Driver = (delegate* unmanaged<byte*, uint, int>)Find(library,
            "nvmlSystemGetDriverVersion");
        public readonly delegate* unmanaged<uint*, int> Count = (delegate* unmanaged<uint*, int>)Find(library, "nvmlDeviceGetCount_v2");
        public readonly delegate* unmanaged<uint, nint*, int> Handle = (delegate* unmanaged<uint, nint*, int>)Find(library,
            "nvmlDeviceGetHandleByIndex_v2");
        public readonly delegate* unmanaged<nint, byte*, uint, int> Name = (delegate* unmanaged<nint, byte*, uint, int>)Find(library,
            "nvmlDeviceGetName");
        public readonly delegate* unmanaged<nint, NvmlMemory*, int> Memory = (delegate* unmanaged<nint, NvmlMemory*, int>)Find(library,
            "nvmlDeviceGetMemoryInfo");
        public readonly delegate* unmanaged<nint, NativeUtilization*, int> Utilization =
            (delegate* unmanaged<nint, NativeUtilization*, int>)Find(library, "nvmlDeviceGetUtilizationRates");
        public readonly delegate* unmanaged<nint, int, uint*, int> Clock = (delegate* unmanaged<nint, int, uint*, int>)Find(library,
            "nvmlDeviceGetClockInfo");
        public readonly delegate* unmanaged<nint, uint*, int> Power = (delegate* unmanaged<nint, uint*, int>)Find(library,
            "nvmlDeviceGetPowerUsage");
        public readonly delegate* unmanaged<nint, ulong*, int> Energy = (delegate* unmanaged<nint, ulong*, int>)Find(library,
            "nvmlDeviceGetTotalEnergyConsumption");
        public readonly delegate* unmanaged<nint, int, uint*, int> Temperature = (delegate* unmanaged<nint, int, uint*, int>)Find(library,
            "nvmlDeviceGetTemperature");
        public readonly delegate* unmanaged<nint, ulong*, int> Throttle = (delegate* unmanaged<nint, ulong*, int>)Find(library,
            "nvmlDeviceGetCurrentClocksThrottleReasons");
        public readonly delegate* unmanaged<nint, int, uint*, int> Pcie = (delegate* unmanaged<nint, int, uint*, int>)Find(library,
            "nvmlDeviceGetPcieThroughput");
        public readonly delegate* unmanaged<nint, uint*, NativeProcess*, int> Processes =
            (delegate* unmanaged<nint, uint*, NativeProcess*, int>)Find(library, "nvmlDeviceGetComputeRunningProcesses_v3");

        private static nint Find(nint library, string name) => NativeLibrary.TryGetExport(library, name, out var entry) ? entry : 0;
    }
}
