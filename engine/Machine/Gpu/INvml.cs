namespace MemoryWall.Machine.Gpu;

/// <summary>
/// The calls of NVIDIA's management library that the engine uses, one for each value. Null where a device does not report it
/// (not supported, no permission, lost). Any call may block for tens of milliseconds.
/// </summary>
internal interface INvml : IDisposable
{
    string? DriverVersion { get; }

    int DeviceCount { get; }

    string? Name(int device);

    NvmlMemory? Memory(int device);

    /// <summary>Per cent of the last sample period (1/6 to 1 s) in which a kernel ran.</summary>
    uint? UtilizationPercent(int device);

    /// <summary>Per cent of that period in which memory was read or written.</summary>
    uint? MemoryUtilizationPercent(int device);

    uint? SmClockMegahertz(int device);

    uint? MemoryClockMegahertz(int device);

    uint? PowerMilliwatts(int device);

    /// <summary>Since the driver was loaded; Volta and later.</summary>
    ulong? EnergyMillijoules(int device);

    uint? TemperatureCelsius(int device);

    /// <summary>Bits of <see cref="NvmlThrottleReasons"/> and others.</summary>
    ulong? ThrottleReasons(int device);

    /// <summary>KiB/s received over the last 20 ms; the call takes as long.</summary>
    uint? PcieReceivedKibibytesPerSecond(int device);

    /// <summary>KiB/s sent over the last 20 ms; the call takes as long.</summary>
    uint? PcieSentKibibytesPerSecond(int device);

    /// <summary>Memory of processes on the device; null where the device does not report it. Fills at most the length of the
    /// span.</summary>
    int? Processes(int device, Span<NvmlProcess> into);
}

/// <summary>A device's memory in bytes.</summary>
internal readonly record struct NvmlMemory(ulong Total, ulong Free, ulong Used);

/// <summary>A process and its bytes on a device; null where the driver does not report them (Windows' display driver model).</summary>
internal readonly record struct NvmlProcess(uint Pid, ulong? UsedBytes);

/// <summary>Reasons to slow a device down that mean throttling; idle and user-set clocks are excluded. Numbers of nvml.h.</summary>
[Flags]
internal enum NvmlThrottleReasons : ulong
{
    None = 0,
    SoftwarePowerCap = 0x4,
    HardwareSlowdown = 0x8,
    SoftwareThermal = 0x20,
    HardwareThermal = 0x40,
    HardwarePowerBrake = 0x80,

    /// <summary>All of the above.</summary>
    Any = SoftwarePowerCap | HardwareSlowdown | SoftwareThermal | HardwareThermal | HardwarePowerBrake,
}
