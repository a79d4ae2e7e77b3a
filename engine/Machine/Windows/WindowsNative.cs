using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;

namespace MemoryWall.Machine.Windows;

/// <summary>Calls of the Windows API. Not run here.</summary>
[SupportedOSPlatform("windows")]
internal static partial class WindowsNative
{
    /// <summary>Physical memory and page file; null where Windows does not report them.</summary>
    public static MemoryStatus? ReadMemoryStatus()
    {
        var status = new MemoryStatus { Length = (uint)Unsafe.SizeOf<MemoryStatus>() };
        return GlobalMemoryStatusEx(ref status) ? status : null;
    }

    [LibraryImport("kernel32.dll", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static partial bool GlobalMemoryStatusEx(ref MemoryStatus status);

    [LibraryImport("kernel32.dll", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    internal static partial bool GetSystemPowerStatus(out PowerStatus status);

    /// <summary>Times in units of 100 ns; kernel time includes idle time.</summary>
    [LibraryImport("kernel32.dll", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    internal static partial bool GetSystemTimes(out long idle, out long kernel, out long user);

    /// <summary>First with a null buffer, to learn the length.</summary>
    [LibraryImport("kernel32.dll", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    internal static unsafe partial bool GetLogicalProcessorInformationEx(int relationship, byte* buffer, ref uint length);

    /// <summary>Limits of the job that a process runs in; a null job means the calling process's own.</summary>
    [LibraryImport("kernel32.dll", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    internal static unsafe partial bool QueryInformationJobObject(nint job, int kind, void* information, uint length, uint* returned);

    /// <summary>PROCESS_QUERY_LIMITED_INFORMATION.</summary>
    public const uint QueryLimited = 0x1000;

    /// <summary>TCP_TABLE_OWNER_PID_LISTENER.</summary>
    public const int OwnerPidListeners = 3;

    [LibraryImport("kernel32.dll", SetLastError = true)]
    internal static partial nint OpenProcess(uint access, [MarshalAs(UnmanagedType.Bool)] bool inherit, int pid);

    [LibraryImport("kernel32.dll", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    internal static partial bool CloseHandle(nint handle);

    /// <summary>Times in units of 100 ns.</summary>
    [LibraryImport("kernel32.dll", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    internal static partial bool GetProcessTimes(nint process, out long created, out long exited, out long kernel, out long user);

    [LibraryImport("psapi.dll", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    internal static unsafe partial bool EnumProcesses(int* pids, uint bytes, out uint used);

    [LibraryImport("iphlpapi.dll")]
    internal static unsafe partial uint GetExtendedTcpTable(byte* table, ref uint size, [MarshalAs(UnmanagedType.Bool)] bool order,
        int family, int kind, uint reserved);

    [LibraryImport("psapi.dll", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    internal static partial bool GetProcessMemoryInfo(nint process, out ProcessMemory memory, uint size);

    [LibraryImport("kernel32.dll", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    internal static partial bool GetProcessIoCounters(nint process, out IoCounters counters);

    [LibraryImport("ntdll.dll")]
    internal static unsafe partial int NtQueryInformationProcess(nint process, int kind, void* information, uint length, uint* returned);

    /// <summary>MEMORYSTATUSEX.</summary>
    internal struct MemoryStatus
    {
        public uint Length;
        public uint LoadPercent;
        public ulong TotalPhysical;
        public ulong AvailablePhysical;
        public ulong TotalPageFile;
        public ulong AvailablePageFile;
        public ulong TotalVirtual;
        public ulong AvailableVirtual;
        public ulong AvailableExtendedVirtual;
    }

    /// <summary>SYSTEM_POWER_STATUS.</summary>
    internal struct PowerStatus
    {
        public byte AcLine;
        public byte BatteryFlag;
        public byte BatteryPercent;
        public byte SystemFlag;
        public uint BatterySeconds;
        public uint BatteryFullSeconds;
    }

    /// <summary>PROCESS_MEMORY_COUNTERS_EX.</summary>
    internal struct ProcessMemory
    {
        public uint Size;
        public uint PageFaults;
        public nuint PeakWorkingSet;
        public nuint WorkingSet;
        public nuint QuotaPeakPagedPool;
        public nuint QuotaPagedPool;
        public nuint QuotaPeakNonPagedPool;
        public nuint QuotaNonPagedPool;
        public nuint PageFile;
        public nuint PeakPageFile;
        public nuint Private;
    }

    /// <summary>IO_COUNTERS.</summary>
    internal struct IoCounters
    {
        public ulong ReadOperations;
        public ulong WriteOperations;
        public ulong OtherOperations;
        public ulong ReadBytes;
        public ulong WriteBytes;
        public ulong OtherBytes;
    }
}
