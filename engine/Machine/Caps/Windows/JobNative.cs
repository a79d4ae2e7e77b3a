using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using MemoryWall.Core.Units;
using Microsoft.Win32.SafeHandles;

namespace MemoryWall.Machine.Caps.Windows;

/// <summary>A job object; closing the last handle ends its processes.</summary>
internal sealed class JobHandle() : SafeHandleZeroOrMinusOneIsInvalid(ownsHandle: true)
{
    protected override bool ReleaseHandle() => JobNative.CloseHandle(handle);
}

/// <summary><c>JOBOBJECT_EXTENDED_LIMIT_INFORMATION</c>, with its basic part and counters laid out flat (winnt.h).</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct JobLimits
{
    public long PerProcessUserTimeLimit;
    public long PerJobUserTimeLimit;
    public uint LimitFlags;
    public nuint MinimumWorkingSetSize;
    public nuint MaximumWorkingSetSize;
    public uint ActiveProcessLimit;
    public nuint Affinity;
    public uint PriorityClass;
    public uint SchedulingClass;
    public ulong ReadOperationCount;
    public ulong WriteOperationCount;
    public ulong OtherOperationCount;
    public ulong ReadTransferCount;
    public ulong WriteTransferCount;
    public ulong OtherTransferCount;
    public nuint ProcessMemoryLimit;
    public nuint JobMemoryLimit;
    public nuint PeakProcessMemoryUsed;
    public nuint PeakJobMemoryUsed;
}

/// <summary>The calls of kernel32 that job objects need.</summary>
internal static partial class JobNative
{
    public const uint WorkingSet = 0x1;
    public const uint JobMemory = 0x200;
    public const uint KillOnClose = 0x2000;

    private const int ExtendedLimitInformation = 9;

    // The smallest working set that Windows accepts together with a maximum.
    private const int MinWorkingSetBytes = 1 << 20;

    /// <summary>The limits of a cap and its swap policy.</summary>
    public static JobLimits CreateLimits(ByteSize limit, SwapPolicy swap)
    {
        var limits = new JobLimits { LimitFlags = KillOnClose };
        if (swap.Limit is { } swapLimit)
        {
            limits.LimitFlags |= JobMemory;
            limits.JobMemoryLimit = (nuint)(limit.Bytes + swapLimit.Bytes);
        }
        if (swap.Limit is not { Bytes: 0 })
        {
            limits.LimitFlags |= WorkingSet;
            limits.MinimumWorkingSetSize = MinWorkingSetBytes;
            limits.MaximumWorkingSetSize = (nuint)limit.Bytes;
        }
        return limits;
    }

    [SupportedOSPlatform("windows")]
    public static JobHandle CreateJobObject()
    {
        var job = CreateJobObjectW(0, null);
        return job.IsInvalid ? throw CreateError("make a job object") : job;
    }

    [SupportedOSPlatform("windows")]
    public static void SetLimits(JobHandle job, JobLimits limits)
    {
        if (!SetInformationJobObject(job, ExtendedLimitInformation, in limits, Unsafe.SizeOf<JobLimits>()))
            throw CreateError("limit a job object");
    }

    [SupportedOSPlatform("windows")]
    public static void Assign(JobHandle job, Process child)
    {
        if (!AssignProcessToJobObject(job, child.SafeHandle))
            throw CreateError("put the child under its cap");
    }

    [SupportedOSPlatform("windows")]
    public static JobLimits Query(JobHandle job) =>
        QueryInformationJobObject(job, ExtendedLimitInformation, out var limits, Unsafe.SizeOf<JobLimits>(), 0) ? limits : default;

    [LibraryImport("kernel32", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    internal static partial bool CloseHandle(nint handle);

    private static CapException CreateError(string what) =>
        new($"Windows did not allow this process to {what}: {new Win32Exception(Marshal.GetLastPInvokeError()).Message}");

    [LibraryImport("kernel32", SetLastError = true, StringMarshalling = StringMarshalling.Utf16)]
    private static partial JobHandle CreateJobObjectW(nint attributes, string? name);

    [LibraryImport("kernel32", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static partial bool SetInformationJobObject(JobHandle job, int kind, in JobLimits limits, int length);

    [LibraryImport("kernel32", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static partial bool QueryInformationJobObject(JobHandle job, int kind, out JobLimits limits, int length, nint returned);

    [LibraryImport("kernel32", SetLastError = true)]
    [return: MarshalAs(UnmanagedType.Bool)]
    private static partial bool AssignProcessToJobObject(JobHandle job, SafeProcessHandle process);
}
