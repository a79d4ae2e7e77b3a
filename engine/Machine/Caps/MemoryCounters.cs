using MemoryWall.Core.Trials;
using MemoryWall.Machine.Linux;
using MemoryWall.Machine.Processes;
using MemoryWall.Machine.Processes.Linux;

namespace MemoryWall.Machine.Caps;

/// <summary>The memory counters of a server at one moment. The difference of two readings belongs to the time between them.</summary>
/// <param name="Cap">What its cap counted, or without a cap what the kernel reports of the process.</param>
/// <param name="ReadBytes">Bytes fetched from storage for the process; null where the system does not report them, or the process has
/// ended.</param>
internal sealed record MemoryCounters(CapCounters Cap, long? ReadBytes)
{
    /// <summary>The processes that were read.</summary>
    public required IReadOnlyList<int> Processes { get; init; }

    /// <summary>Reads them.</summary>
    /// <param name="processId">The child.</param>
    /// <param name="cap">Its cap; null where there is none.</param>
    public static MemoryCounters Read(int processId, IMemoryCap? cap) => Read([processId], cap);

    /// <summary>Reads those of all processes of a server together. What one of them does not report is absent, since the sum would be too
    /// small.</summary>
    /// <param name="processIds">The processes, one or more.</param>
    public static MemoryCounters Read(IReadOnlyList<int> processIds) => Read(processIds, cap: null);

    private static MemoryCounters Read(IReadOnlyList<int> processIds, IMemoryCap? cap)
    {
        var sum = new double[ProcessColumn.FieldCount];
        foreach (var processId in processIds)
        {
            var usage = new double[ProcessColumn.FieldCount];
            usage.AsSpan().Fill(double.NaN);
            using (var process = OperatingSystem.IsLinux() ? LinuxProcessReader.TryOpen(LinuxRoot.Machine, processId) : null)
                process?.Read(usage);
            for (var field = 0; field < sum.Length; field++)
                sum[field] += usage[field];
        }
        long? Field(ProcessField field) => double.IsNaN(sum[(int)field]) ? null : (long)sum[(int)field];
        var counters = cap?.ReadCounters() ?? new CapCounters
        {
            AnonymousBytes = Field(ProcessField.AnonBytes),
            FileBytes = Field(ProcessField.FileBytes),
            SwapBytes = Field(ProcessField.SwapBytes),
            MajorFaults = Field(ProcessField.MajorFaults),
        };
        return new MemoryCounters(counters, Field(ProcessField.ReadBytes)) { Processes = processIds };
    }

    /// <summary>What happened from one reading to another; null where one of them is missing, and where a process of the server ended or
    /// started between them, so that its counters are in one of them only.</summary>
    public static MemoryTraffic? Subtract(MemoryCounters? from, MemoryCounters? to) =>
        from is null || to is null || !from.Processes.SequenceEqual(to.Processes)
            ? null
            : new MemoryTraffic
            {
                ReadBytes = to.ReadBytes - from.ReadBytes,
                FileRefaults = to.Cap.FileRefaults - from.Cap.FileRefaults,
                AnonymousRefaults = to.Cap.AnonymousRefaults - from.Cap.AnonymousRefaults,
                MajorFaults = to.Cap.MajorFaults - from.Cap.MajorFaults,
                LimitHits = to.Cap.LimitHits - from.Cap.LimitHits,
            };
}
