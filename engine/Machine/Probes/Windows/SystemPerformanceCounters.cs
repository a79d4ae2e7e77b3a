using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.Versioning;

namespace MemoryWall.Machine.Probes.Windows;

/// <summary>Windows' own performance counters. Not run here.</summary>
[SupportedOSPlatform("windows")]
internal sealed class SystemPerformanceCounters : IPerformanceCounters
{
    public Func<long?>? Open(string category, string counter, string instance)
    {
        try
        {
            var opened = new PerformanceCounter(category, counter, instance, readOnly: true);
            _ = opened.RawValue;
            return () => Read(opened);
        }
        catch (Exception e) when (IsUnavailable(e))
        {
            return null;
        }
    }

    private static long? Read(PerformanceCounter counter)
    {
        try
        {
            return counter.RawValue;
        }
        catch (Exception e) when (IsUnavailable(e))
        {
            return null;
        }
    }

    private static bool IsUnavailable(Exception e) =>
        e is InvalidOperationException or Win32Exception or UnauthorizedAccessException or PlatformNotSupportedException
            or ArgumentException;
}
