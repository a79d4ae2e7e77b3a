using System.Globalization;
using MemoryWall.Machine.Linux;
using MemoryWall.Machine.Linux.Cgroups;
using MemoryWall.Machine.Processes;

namespace MemoryWall.Machine.Probes.Linux;

/// <summary>
/// Memory of a control group: the group of the server, or one named by its folder. When the server ends, the probe keeps reading its last
/// group, since the kernel counts the kill there.
/// </summary>
internal sealed class CgroupMemoryProbe : IDisposable
{
    private const int SamplesBetweenChecks = 10;

    private static readonly CgroupMemoryField[] s_fields =
    [
        CgroupMemoryField.CurrentBytes, CgroupMemoryField.LimitBytes, CgroupMemoryField.HighBytes, CgroupMemoryField.SwapBytes,
        CgroupMemoryField.SwapLimitBytes, CgroupMemoryField.MemoryAndSwapLimitBytes, CgroupMemoryField.AnonBytes,
        CgroupMemoryField.FileBytes, CgroupMemoryField.RefaultFilePages, CgroupMemoryField.RefaultAnonPages,
        CgroupMemoryField.MajorFaults, CgroupMemoryField.LimitHits, CgroupMemoryField.MemoryAndSwapLimitHits,
        CgroupMemoryField.HighEvents, CgroupMemoryField.OomEvents, CgroupMemoryField.OomKills, CgroupMemoryField.PressureSomeSeconds,
        CgroupMemoryField.PressureFullSeconds,
    ];

    private readonly LinuxRoot _root;
    private readonly ServerWatch _watch;
    private readonly double[] _row = new double[CgroupMemoryReader.FieldCount];
    private CgroupMemoryReader? _group;
    private long? _ancestorLimit;
    private string? _folder;
    private int? _pid;
    private ProcFile? _membership;
    private ProcFile? _stat;
    private int _membershipHash;
    private int _samples;

    private CgroupMemoryProbe(LinuxRoot root, ServerWatch watch)
    {
        _root = root;
        _watch = watch;
    }

    public static ProbeDiscovery DiscoverForServer(LinuxRoot root, ServerWatch watch)
    {
        if (CgroupLocation.Find(root, "self", "memory") is null)
            return ProbeDiscovery.Missing("server_cgroup", "no memory control group hierarchy is mounted",
                "mount cgroup v2 at /sys/fs/cgroup, or in a container share the host's");
        var memory = new CgroupMemoryProbe(root, watch);
        return ProbeDiscovery.Found(Create("server_cgroup", "the server's control group", memory, memory.UpdateServerGroup));
    }

    public static ProbeDiscovery DiscoverNamed(LinuxRoot root, ServerWatch watch)
    {
        var memory = new CgroupMemoryProbe(root, watch);
        return ProbeDiscovery.Found(Create("named_cgroup", "the named control group", memory, memory.UpdateNamedGroup));
    }

    public void Dispose()
    {
        _group?.Dispose();
        _membership?.Dispose();
        _stat?.Dispose();
    }

    private static ColumnProbe Create(string name, string group, CgroupMemoryProbe memory, Action findGroup)
    {
        return new ColumnProbe(name, memory)
        {
            Intrusion = "reads up to eight files of the group; on v2 the kernel sums its counters for that",
            Update = Update,
        }
            .Gauge($"{name}_memory_bytes", $"Memory charged to {group}: programs, page cache and kernel.",
                () => memory[CgroupMemoryField.CurrentBytes])
            .Gauge($"{name}_limit_bytes", "The tightest hard limit of the group and those above it; absent where there is none.",
                () => memory.TightestLimit())
            .Gauge($"{name}_high_bytes", "Limit above which the group is slowed down and reclaimed (v2); absent where there is none.",
                () => memory[CgroupMemoryField.HighBytes])
            .Gauge($"{name}_swap_bytes", "Swap charged to the group.", () => memory[CgroupMemoryField.SwapBytes])
            .Gauge($"{name}_swap_limit_bytes",
                "Swap that the group may use (v1: memory and swap less memory); absent where there is no limit.",
                () => memory.SwapLimit())
            .Gauge($"{name}_anon_bytes", "Memory that no file backs.", () => memory[CgroupMemoryField.AnonBytes])
            .Gauge($"{name}_file_bytes", "Page cache, shared memory included.", () => memory[CgroupMemoryField.FileBytes])
            .Counter($"{name}_refault_file_pages_total", "Pages of files read again soon after they had been dropped.",
                () => memory[CgroupMemoryField.RefaultFilePages])
            .Counter($"{name}_refault_anon_pages_total", "Pages of programs swapped in again soon after they had been swapped out.",
                () => memory[CgroupMemoryField.RefaultAnonPages])
            .Counter($"{name}_major_faults_total", "Page faults that waited for a disk.", () => memory[CgroupMemoryField.MajorFaults])
            .Counter($"{name}_limit_hits_total",
                "Times that the group hit its hard limit and had to be reclaimed (v1: failcnt of memory and of memory with swap, the "
                + "second of which recent kernels leave at 0; v2: max).", () => memory.LimitHits())
            .Counter($"{name}_high_events_total", "Times that the group exceeded its high limit (v2).",
                () => memory[CgroupMemoryField.HighEvents])
            .Counter($"{name}_oom_total", "Times that memory ran out in the group (v2).", () => memory[CgroupMemoryField.OomEvents])
            .Counter($"{name}_oom_kill_total", "Processes of the group killed because memory ran out.",
                () => memory[CgroupMemoryField.OomKills])
            .Counter($"{name}_pressure_memory_some_seconds_total", "Time in which a task of the group waited for memory (v2).",
                () => memory[CgroupMemoryField.PressureSomeSeconds])
            .Counter($"{name}_pressure_memory_full_seconds_total",
                "Time in which all tasks of the group that had work waited for memory (v2).",
                () => memory[CgroupMemoryField.PressureFullSeconds]);

        void Update()
        {
            findGroup();
            if (memory._group is { } reader)
                reader.Read(memory._row);
            else
                memory._row.AsSpan().Fill(double.NaN);
        }
    }

    private double this[CgroupMemoryField field] => _row[(int)field];

    // Limits of the groups above rarely change, so they are read once, when the group is found.
    private double TightestLimit()
    {
        var own = this[CgroupMemoryField.LimitBytes];
        return _ancestorLimit is { } above && !(own < above) && !double.IsNaN(this[CgroupMemoryField.CurrentBytes]) ? above : own;
    }

    private double SwapLimit()
    {
        var both = this[CgroupMemoryField.MemoryAndSwapLimitBytes] - this[CgroupMemoryField.LimitBytes];
        return both >= 0 ? both : this[CgroupMemoryField.SwapLimitBytes];
    }

    // A charge hits one limit or the other: where both are equal, only the limit with swap counts it.
    private double LimitHits()
    {
        var withSwap = this[CgroupMemoryField.MemoryAndSwapLimitHits];
        return this[CgroupMemoryField.LimitHits] + (double.IsNaN(withSwap) ? 0 : withSwap);
    }

    private void UpdateNamedGroup()
    {
        var folder = _watch.NamedCgroup;
        if (folder != _folder)
            Open(folder is null ? null : CgroupLocation.FromFolder(folder), folder);
    }

    // A process can be moved into another group while it runs: its membership is read again from time to time.
    private void UpdateServerGroup()
    {
        var pid = _watch.Tree.RootPid;
        if (pid is null)
            return;
        var isNew = pid != _pid;
        if (isNew)
        {
            _pid = pid;
            _membership?.Dispose();
            _stat?.Dispose();
            _membership = ProcFile.TryOpen(CgroupLocation.MembershipFile(_root, pid.Value.ToString(CultureInfo.InvariantCulture)));
            _stat = ProcessStat.TryOpen(_root, pid.Value);
        }
        else if (_samples++ % SamplesBetweenChecks != 0)
        {
            return;
        }
        if (_membership is null || _membership.Read() is not { IsEmpty: false } text)
            return;
        var hash = new HashCode();
        hash.AddBytes(text);
        var code = hash.ToHashCode();
        // The kernel shows a zombie in the topmost group: it did not move there.
        if ((!isNew && code == _membershipHash) || _stat is null || !ProcessStat.TryParse(_stat.Read(), out var stat) || stat.HasEnded)
            return;
        _membershipHash = code;
        if (CgroupLocation.Find(_root, pid.Value.ToString(CultureInfo.InvariantCulture), "memory") is { } group && group.Folder != _folder)
            Open(group, group.Folder);
    }

    private void Open(CgroupLocation? group, string? folder)
    {
        _group?.Dispose();
        _group = group is null ? null : new CgroupMemoryReader(group, s_fields);
        _ancestorLimit = group is null ? null : CgroupLimits.ReadMemoryLimit(group);
        _folder = folder;
    }
}
