using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using System.Text;

namespace MemoryWall.Machine.Mac;

/// <summary>Calls of macOS. Not run here.</summary>
[SupportedOSPlatform("macos")]
internal static unsafe partial class MacNative
{
    /// <summary>HOST_VM_INFO64.</summary>
    public const int VmInfo64 = 4;

    /// <summary>HOST_CPU_LOAD_INFO.</summary>
    private const int CpuLoadInfo = 3;

    /// <summary>RUSAGE_INFO_V2.</summary>
    public const int RusageInfoV2 = 2;

    /// <summary>A whole number by name; null where there is none.</summary>
    public static long? ReadSysctlNumber(string name)
    {
        long value = 0;
        nuint size = sizeof(long);
        if (SysctlByName(name, &value, ref size, null, 0) != 0)
            return null;
        return size == sizeof(int) ? (int)value : value;
    }

    /// <summary>A text by name; null where there is none.</summary>
    public static string? ReadSysctlText(string name)
    {
        var buffer = stackalloc byte[256];
        nuint size = 256;
        if (SysctlByName(name, buffer, ref size, null, 0) != 0 || size == 0)
            return null;
        return Encoding.UTF8.GetString(buffer, (int)size).TrimEnd('\0');
    }

    /// <summary>Swap from <c>vm.swapusage</c> (struct xsw_usage); null where macOS does not report it.</summary>
    public static (long Total, long Used)? ReadSwapUsage()
    {
        var usage = stackalloc ulong[4];
        nuint size = 32;
        return SysctlByName("vm.swapusage", usage, ref size, null, 0) == 0 && size >= 24 ? ((long)usage[0], (long)usage[2]) : null;
    }

    /// <summary>CPU time since boot in ticks, from host_cpu_load_info (user, system, idle, nice); null where macOS does not report
    /// it.</summary>
    public static CpuTicks? ReadCpuTicks()
    {
        var ticks = stackalloc uint[4];
        uint count = 4;
        return HostStatistics64(HostSelf(), CpuLoadInfo, ticks, ref count) == 0
            ? new CpuTicks(ticks[0] + (double)ticks[3], ticks[1])
            : null;
    }

    /// <summary>The length of one tick of the machine's absolute time.</summary>
    public static double SecondsPerTick() =>
        TimebaseInfo(out var timebase) == 0 && timebase.Denominator != 0
            ? timebase.Numerator / (double)timebase.Denominator * 1e-9
            : double.NaN;

    [LibraryImport("libc", EntryPoint = "mach_timebase_info")]
    private static partial int TimebaseInfo(out Timebase timebase);

    [LibraryImport("libc", EntryPoint = "sysctlbyname", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int SysctlByName(string name, void* value, ref nuint size, void* next, nuint nextSize);

    [LibraryImport("libc", EntryPoint = "mach_host_self")]
    internal static partial uint HostSelf();

    /// <summary>Count is in 32-bit words, in and out.</summary>
    [LibraryImport("libc", EntryPoint = "host_statistics64")]
    internal static partial int HostStatistics64(uint host, int flavor, void* into, ref uint count);

    [LibraryImport("libc", EntryPoint = "proc_pid_rusage")]
    internal static partial int ProcessUsage(int pid, int flavor, void* into);

    /// <summary>PROC_ALL_PIDS is 1; returns bytes.</summary>
    [LibraryImport("libc", EntryPoint = "proc_listpids")]
    internal static partial int ListProcesses(uint type, uint information, int* into, int bytes);

    /// <summary>PROC_PIDTBSDINFO is 3, PROC_PIDTASKINFO is 4; returns bytes.</summary>
    [LibraryImport("libc", EntryPoint = "proc_pidinfo")]
    internal static partial int ProcessInfo(int pid, int flavor, ulong argument, void* into, int bytes);

    /// <summary>CPU time in ticks; user time includes low priority.</summary>
    internal readonly record struct CpuTicks(double User, double System);

    private struct Timebase
    {
        public uint Numerator;
        public uint Denominator;
    }
}
