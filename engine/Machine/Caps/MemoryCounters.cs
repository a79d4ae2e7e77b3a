using System.Globalization;
using MemoryWall.Core.Trials;
using MemoryWall.Machine.Caps.Linux;

namespace MemoryWall.Machine.Caps;

/// <summary>The memory counters of one child at one moment. Differences of two belong to the time between them.</summary>
/// <param name="Cap">What its cap counted; absent fields where there is no cap.</param>
/// <param name="ReadBytes">Bytes fetched from storage for the process; null where the system does not tell, or the process has
/// ended.</param>
internal sealed record MemoryCounters(CapCounters Cap, long? ReadBytes)
{
    /// <summary>Reads them.</summary>
    /// <param name="processId">The child.</param>
    /// <param name="cap">Its cap; null where there is none.</param>
    public static MemoryCounters Read(int processId, IMemoryCap? cap)
    {
        var folder = string.Create(CultureInfo.InvariantCulture, $"/proc/{processId}");
        var io = OperatingSystem.IsLinux() ? ParseTable(CgroupFile.TryRead(folder, "io")) : [];
        return new MemoryCounters(cap?.ReadCounters() ?? ReadProcess(folder), io.TryGetValue("read_bytes", out var bytes) ? bytes : null);
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

    private static CapCounters ReadProcess(string folder)
    {
        if (!OperatingSystem.IsLinux())
            return new CapCounters();
        var status = ParseTable(CgroupFile.TryRead(folder, "status"));
        long? Bytes(string name) => status.TryGetValue(name, out var kib) ? kib * 1024 : null;
        return new CapCounters
        {
            AnonymousBytes = Bytes("RssAnon"),
            FileBytes = Bytes("RssFile"),
            SwapBytes = Bytes("VmSwap"),
            MajorFaults = ParseMajorFaults(CgroupFile.TryRead(folder, "stat")),
        };
    }

    // Lines of "name: number" with or without a unit behind.
    private static Dictionary<string, long> ParseTable(string? text)
    {
        var table = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (var parts in (text ?? "").Split('\n').Select(line => line.Split(':', 2)).Where(parts => parts.Length == 2))
        {
            if (CgroupFile.Number(parts[1].Trim().Split(' ')[0]) is { } number)
                table[parts[0]] = number;
        }
        return table;
    }

    // proc(5): the name stands in parentheses and may hold blanks; majflt is the tenth field behind it.
    private static long? ParseMajorFaults(string? stat) =>
        stat?.LastIndexOf(')') is int end and >= 0
            && stat[(end + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries) is { Length: > 9 } fields
            ? CgroupFile.Number(fields[9])
            : null;
}
