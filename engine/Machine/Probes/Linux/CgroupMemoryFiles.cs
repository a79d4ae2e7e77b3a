using MemoryWall.Machine.Linux;
using MemoryWall.Machine.Linux.Cgroups;

namespace MemoryWall.Machine.Probes.Linux;

/// <summary>The memory files of one control group, kept open. They outlive its processes, so a kill is still seen in its
/// counters.</summary>
internal sealed class CgroupMemoryFiles : IDisposable
{
    private const double Unlimited = 1L << 60;
    private readonly CgroupMemoryColumns _columns;
    private readonly List<KeyedFile> _keyed = [];
    private readonly List<(ProcFile File, int Column)> _numbers = [];
    private readonly PressureFile? _pressure;
    private readonly ProcFile? _memoryAndSwapLimit;
    private readonly ProcFile? _memoryAndSwapHits;
    private readonly double? _ancestorLimit;

    public CgroupMemoryFiles(CgroupLocation group, CgroupMemoryColumns columns)
    {
        _columns = columns;
        _ancestorLimit = CgroupLimits.ReadMemoryLimit(group);
        if (group.Version == CgroupVersion.V2)
        {
            Number(group, "memory.current", columns.Current);
            Number(group, "memory.max", columns.Limit);
            Number(group, "memory.high", columns.High);
            Number(group, "memory.swap.current", columns.Swap);
            Number(group, "memory.swap.max", columns.SwapLimit);
            AddKeyedFile(group, "memory.stat", new("anon", columns.Anon), new("file", columns.File),
                new("workingset_refault_file", columns.RefaultFile),
                new("workingset_refault_anon", columns.RefaultAnon), new("pgmajfault", columns.MajorFaults));
            AddKeyedFile(group, "memory.events", new("max", columns.LimitHits), new("high", columns.HighEvents), new("oom", columns.Oom),
                new("oom_kill", columns.OomKill));
            _pressure = PressureFile.TryOpen(Path.Combine(group.Folder, "memory.pressure"));
            return;
        }
        Number(group, "memory.usage_in_bytes", columns.Current);
        Number(group, "memory.limit_in_bytes", columns.Limit);
        Number(group, "memory.failcnt", columns.LimitHits);
        _memoryAndSwapHits = ProcFile.TryOpen(Path.Combine(group.Folder, "memory.memsw.failcnt"));
        _memoryAndSwapLimit = ProcFile.TryOpen(Path.Combine(group.Folder, "memory.memsw.limit_in_bytes"));
        // "total_" counts the groups below in, as v2 always does.
        AddKeyedFile(group, "memory.stat", new("total_rss", columns.Anon), new("total_cache", columns.File),
            new("total_swap", columns.Swap),
            new("total_workingset_refault_file", columns.RefaultFile), new("total_workingset_refault_anon", columns.RefaultAnon),
            new("total_pgmajfault", columns.MajorFaults));
        AddKeyedFile(group, "memory.oom_control", new KeyedField("oom_kill", columns.OomKill));
    }

    public void Read(Span<double> row)
    {
        foreach (var (file, column) in _numbers)
            row[column] = ReadUnlessUnlimited(file);
        foreach (var file in _keyed)
            file.Read(row);
        if (_pressure is not null)
            (row[_columns.PressureSome], row[_columns.PressureFull]) = _pressure.Read();
        if (_memoryAndSwapLimit is not null && ReadUnlessUnlimited(_memoryAndSwapLimit) - row[_columns.Limit] is >= 0 and var swap)
            row[_columns.SwapLimit] = swap;
        // A charge meets one limit or the other: where both are the same it is the one with swap that counts.
        if (_memoryAndSwapHits is not null)
            row[_columns.LimitHits] += ReadUnlessUnlimited(_memoryAndSwapHits);
        // Limits above may change too, but seldom do: they are read once, when the group is found.
        if (_ancestorLimit is { } above && !(row[_columns.Limit] < above) && !double.IsNaN(row[_columns.Current]))
            row[_columns.Limit] = above;
    }

    public void Dispose()
    {
        foreach (var (file, _) in _numbers)
            file.Dispose();
        foreach (var file in _keyed)
            file.Dispose();
        _pressure?.Dispose();
        _memoryAndSwapLimit?.Dispose();
        _memoryAndSwapHits?.Dispose();
    }

    // "max" and v1's largest number mean that there is no limit: absent. The first byte is the newline that ProcFile puts there.
    private static double ReadUnlessUnlimited(ProcFile file)
    {
        var text = file.Read();
        var number = text.IsEmpty ? double.NaN : AsciiParser.ParseNumber(text[1..]);
        return number < Unlimited ? number : double.NaN;
    }

    private void Number(CgroupLocation group, string name, int column)
    {
        if (ProcFile.TryOpen(Path.Combine(group.Folder, name)) is { } file)
            _numbers.Add((file, column));
    }

    private void AddKeyedFile(CgroupLocation group, string name, params KeyedField[] fields)
    {
        if (KeyedFile.TryOpen(Path.Combine(group.Folder, name), fields) is { } file)
            _keyed.Add(file);
    }
}
