using System.Diagnostics;
using System.Runtime.Versioning;
using MemoryWall.Core.Units;

namespace MemoryWall.Machine.Caps.Windows;

/// <summary>
/// A cap by a Windows job object. Windows limits committed memory or resident memory, not both as one sum:
/// without swap the job's committed memory is limited and allocations beyond it fail; with swap the resident memory of the process is
/// limited and the rest goes to the page file; with limited swap both are set. Mapped weights count as resident, not as committed.
/// Windows counts what the child committed before it was assigned, so assigning right after the start is early enough. The job ends its
/// processes when its last handle closes, so nothing outlives the engine. Written from the documentation; not yet run on Windows.
/// </summary>
[SupportedOSPlatform("windows")]
internal sealed class JobObjectCap : IMemoryCap
{
    private readonly JobHandle _job;

    private JobObjectCap(JobHandle job, ByteSize limit, SwapPolicy swap)
    {
        _job = job;
        Limit = limit;
        Swap = swap;
    }

    public string Kind => "job object";

    public ByteSize Limit { get; }

    public SwapPolicy Swap { get; }

    public static JobObjectCap Create(ByteSize limit, SwapPolicy swap)
    {
        var job = JobNative.CreateJobObject();
        try
        {
            JobNative.SetLimits(job, JobNative.CreateLimits(limit, swap));
            return new JobObjectCap(job, limit, swap);
        }
        catch
        {
            job.Dispose();
            throw;
        }
    }

    public void ConfigureStart(ProcessStartInfo start)
    {
        if (start.UseShellExecute)
            throw new ArgumentException("a capped child cannot be started through the system's shell; set UseShellExecute to false",
                nameof(start));
    }

    public Task AttachAsync(Process child, CancellationToken cancellation)
    {
        JobNative.Assign(_job, child);
        return Task.CompletedTask;
    }

    public CapCounters ReadCounters()
    {
        var limits = JobNative.Query(_job);
        return new CapCounters { PeakBytes = (long)limits.PeakJobMemoryUsed, LimitBytes = Limit.Bytes };
    }

    public ValueTask DisposeAsync()
    {
        _job.Dispose();
        return ValueTask.CompletedTask;
    }
}
