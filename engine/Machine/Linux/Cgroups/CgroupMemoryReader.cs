namespace MemoryWall.Machine.Linux.Cgroups;

/// <summary>
/// Reads the memory files of one control group and keeps them open. The files outlive the group's processes, so its counters still show
/// a kill. Reading allocates nothing. Names and meanings: kernel documentation, <c>cgroup-v1/memory.rst</c> and <c>cgroup-v2.rst</c>.
/// </summary>
internal sealed class CgroupMemoryReader : IDisposable
{
    /// <summary>The length of a row.</summary>
    public const int FieldCount = (int)CgroupMemoryField.PressureFullSeconds + 1;

    // v1 shows "no limit" as the largest multiple of the page size.
    private const double Unlimited = 1L << 60;

    private const string PressureFileName = "memory.pressure";

    // A file with no keys contains one number. Where several keys are named, the first that the kernel has counts: in v1 "total_" includes
    // the groups below, as v2 always does.
    private static readonly Source[] s_v1 =
    [
        new("memory.usage_in_bytes", CgroupMemoryField.CurrentBytes),
        new("memory.max_usage_in_bytes", CgroupMemoryField.PeakBytes),
        new("memory.limit_in_bytes", CgroupMemoryField.LimitBytes),
        new("memory.failcnt", CgroupMemoryField.LimitHits),
        new("memory.memsw.limit_in_bytes", CgroupMemoryField.MemoryAndSwapLimitBytes),
        new("memory.memsw.failcnt", CgroupMemoryField.MemoryAndSwapLimitHits),
        new("memory.kmem.usage_in_bytes", CgroupMemoryField.KernelBytes),
        new("memory.stat", CgroupMemoryField.AnonBytes, "total_rss", "rss"),
        new("memory.stat", CgroupMemoryField.FileBytes, "total_cache", "cache"),
        new("memory.stat", CgroupMemoryField.MappedFileBytes, "total_mapped_file", "mapped_file"),
        new("memory.stat", CgroupMemoryField.SwapBytes, "total_swap", "swap"),
        new("memory.stat", CgroupMemoryField.RefaultFilePages, "total_workingset_refault_file", "workingset_refault_file"),
        new("memory.stat", CgroupMemoryField.RefaultAnonPages, "total_workingset_refault_anon", "workingset_refault_anon"),
        new("memory.stat", CgroupMemoryField.MajorFaults, "total_pgmajfault", "pgmajfault"),
        new("memory.oom_control", CgroupMemoryField.OomKills, "oom_kill"),
    ];

    private static readonly Source[] s_v2 =
    [
        new("memory.current", CgroupMemoryField.CurrentBytes),
        new("memory.peak", CgroupMemoryField.PeakBytes),
        new("memory.max", CgroupMemoryField.LimitBytes),
        new("memory.high", CgroupMemoryField.HighBytes),
        new("memory.swap.current", CgroupMemoryField.SwapBytes),
        new("memory.swap.max", CgroupMemoryField.SwapLimitBytes),
        new("memory.stat", CgroupMemoryField.AnonBytes, "anon"),
        new("memory.stat", CgroupMemoryField.FileBytes, "file"),
        new("memory.stat", CgroupMemoryField.MappedFileBytes, "file_mapped"),
        new("memory.stat", CgroupMemoryField.KernelBytes, "kernel"),
        new("memory.stat", CgroupMemoryField.RefaultFilePages, "workingset_refault_file"),
        new("memory.stat", CgroupMemoryField.RefaultAnonPages, "workingset_refault_anon"),
        new("memory.stat", CgroupMemoryField.MajorFaults, "pgmajfault"),
        new("memory.events", CgroupMemoryField.LimitHits, "max"),
        new("memory.events", CgroupMemoryField.HighEvents, "high"),
        new("memory.events", CgroupMemoryField.OomEvents, "oom"),
        new("memory.events", CgroupMemoryField.OomKills, "oom_kill"),
        new(PressureFileName, CgroupMemoryField.PressureSomeSeconds),
        new(PressureFileName, CgroupMemoryField.PressureFullSeconds),
    ];

    private readonly List<(ProcFile File, int Field)> _numbers = [];
    private readonly List<KeyedFile> _keyed = [];
    private readonly PressureFile? _pressure;

    /// <summary>Opens the files that contain the wanted fields; a file that the kernel lacks leaves its fields absent.</summary>
    public CgroupMemoryReader(CgroupLocation group, params IReadOnlyList<CgroupMemoryField> fields)
    {
        foreach (var file in Sources(group.Version).Where(source => fields.Contains(source.Field)).GroupBy(source => source.File))
        {
            var path = Path.Combine(group.Folder, file.Key);
            if (file.Key == PressureFileName)
                _pressure = PressureFile.TryOpen(path);
            else if (ProcFile.TryOpen(path) is { } opened)
                Add(opened, [.. file]);
        }
    }

    /// <summary>The path of the file that contains a field; null where the kernel interface has none.</summary>
    public static string? PathOf(CgroupLocation group, CgroupMemoryField field) =>
        Sources(group.Version).FirstOrDefault(source => source.Field == field) is { } source
            ? Path.Combine(group.Folder, source.File)
            : null;

    /// <summary>Reads a group once.</summary>
    /// <returns>One number for each field; NaN where it is absent or was not wanted.</returns>
    public static double[] ReadOnce(CgroupLocation group, params IReadOnlyList<CgroupMemoryField> fields)
    {
        using var reader = new CgroupMemoryReader(group, fields);
        var row = new double[FieldCount];
        reader.Read(row);
        return row;
    }

    /// <summary>Reads all opened files now.</summary>
    /// <param name="row">A number for each field. What cannot be read becomes NaN.</param>
    public void Read(Span<double> row)
    {
        row.Fill(double.NaN);
        foreach (var (file, field) in _numbers)
            row[field] = ReadUnlessUnlimited(file);
        foreach (var file in _keyed)
            file.Read(row);
        if (_pressure is not null)
            (row[(int)CgroupMemoryField.PressureSomeSeconds], row[(int)CgroupMemoryField.PressureFullSeconds]) = _pressure.Read();
    }

    public void Dispose()
    {
        foreach (var (file, _) in _numbers)
            file.Dispose();
        foreach (var file in _keyed)
            file.Dispose();
        _pressure?.Dispose();
    }

    private static Source[] Sources(CgroupVersion version) => version == CgroupVersion.V2 ? s_v2 : s_v1;

    // "max" and v1's largest number mean that there is no limit: absent. The first byte is the newline that ProcFile puts there.
    private static double ReadUnlessUnlimited(ProcFile file)
    {
        var text = file.Read();
        var number = text.IsEmpty ? double.NaN : AsciiParser.ParseNumber(text[1..]);
        return number < Unlimited ? number : double.NaN;
    }

    private void Add(ProcFile file, Source[] sources)
    {
        if (sources[0].Keys.Length == 0)
        {
            _numbers.Add((file, (int)sources[0].Field));
            return;
        }
        var text = file.Read();
        var found = new List<KeyedField>();
        foreach (var source in sources)
        {
            var keys = source.Keys.Select(key => new KeyedField(key, (int)source.Field)).ToList();
            var present = keys[0];
            foreach (var key in keys)
            {
                if (AsciiParser.FindAfter(text, key.LinePrefix).IsEmpty)
                    continue;
                present = key;
                break;
            }
            found.Add(present);
        }
        _keyed.Add(new KeyedFile(file, found));
    }

    private sealed record Source(string File, CgroupMemoryField Field, params string[] Keys);
}
