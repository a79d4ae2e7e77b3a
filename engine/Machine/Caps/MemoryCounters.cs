using MemoryWall.Core.Trials;
using MemoryWall.Machine.Linux;
using MemoryWall.Machine.Processes;
using MemoryWall.Machine.Processes.Linux;

namespace MemoryWall.Machine.Caps;

/// <summary>The memory counters of one child at one moment. The difference of two readings belongs to the time between them.</summary>
/// <param name="Cap">What its cap counted, or without a cap what the kernel reports of the process.</param>
/// <param name="ReadBytes">Bytes fetched from storage for the process; null where the system does not report them, or the process has
/// ended.</param>
internal sealed record MemoryCounters(CapCounters Cap, long? ReadBytes)
{
    /// <summary>Reads them.</summary>
    /// <param name="processId">The child.</param>
    /// <param name="cap">Its cap; null where there is none.</param>
    public static MemoryCounters Read(int processId, IMemoryCap? cap)
    {
        var usage = new double[ProcessColumn.FieldCount];
        usage.AsSpan().Fill(double.NaN);
        using (var process = OperatingSystem.IsLinux() ? LinuxProcessReader.TryOpen(LinuxRoot.Machine, processId) : null)
            process?.Read(usage);
        long? Field(ProcessField field) => double.IsNaN(usage[(int)field]) ? null : (long)usage[(int)field];
        var counters = cap?.ReadCounters() ?? new CapCounters
        {
            AnonymousBytes = Field(ProcessField.AnonBytes),
            FileBytes = Field(ProcessField.FileBytes),
            SwapBytes = Field(ProcessField.SwapBytes),
            MajorFaults = Field(ProcessField.MajorFaults),
        };
        return new MemoryCounters(counters, Field(ProcessField.ReadBytes));
    }

    /// <summary>What happened from one reading to another; null where one of them is missing.</summary>
    public static MemoryTraffic? Subtract(MemoryCounters? from, MemoryCounters? to) => from is null || to is null ? null : new MemoryTraffic
    {
        ReadBytes = to.ReadBytes - from.ReadBytes,
        FileRefaults = to.Cap.FileRefaults - from.Cap.FileRefaults,
        AnonymousRefaults = to.Cap.AnonymousRefaults - from.Cap.AnonymousRefaults,
        MajorFaults = to.Cap.MajorFaults - from.Cap.MajorFaults,
        LimitHits = to.Cap.LimitHits - from.Cap.LimitHits,
    };
}
