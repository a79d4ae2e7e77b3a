using System.Globalization;
using MemoryWall.Core.Telemetry;
using MemoryWall.Machine.Linux;
using MemoryWall.Machine.Linux.Cgroups;
using MemoryWall.Machine.Processes;

namespace MemoryWall.Machine.Probes.Linux;

/// <summary>
/// Memory of a control group: the one that the server runs in, or one named by its folder. When the server ends, its last group is
/// watched on, since that is where the kernel counts the kill.
/// </summary>
internal sealed class CgroupMemoryProbe : IProbe
{
    private const int SamplesBetweenChecks = 10;
    private readonly LinuxRoot _root;
    private readonly ServerWatch _watch;
    private readonly bool _named;
    private readonly CgroupMemoryColumns _columns;
    private CgroupMemoryFiles? _files;
    private string? _folder;
    private int? _pid;
    private ProcFile? _membership;
    private ProcFile? _stat;
    private int _membershipHash;
    private int _samples;

    private CgroupMemoryProbe(LinuxRoot root, ServerWatch watch, bool named)
    {
        _root = root;
        _watch = watch;
        _named = named;
        Name = named ? "named_cgroup" : "server_cgroup";
        _columns = new CgroupMemoryColumns(Name, named ? "the named control group" : "the server's control group");
    }

    public string Name { get; }

    public ProbeCost Cost => ProbeCost.Light;

    public string Intrusion => "reads up to eight files of the group; on v2 the kernel sums its counters up for that";

    public IReadOnlyList<TelemetryColumn> Columns => _columns.Columns.All;

    public static ProbeDiscovery DiscoverForServer(LinuxRoot root, ServerWatch watch) =>
        CgroupLocation.Find(root, "self", "memory") is null
            ? ProbeDiscovery.Missing("server_cgroup", "no memory control group hierarchy is mounted",
                "mount cgroup v2 at /sys/fs/cgroup, or in a container share the host's")
            : ProbeDiscovery.Found(new CgroupMemoryProbe(root, watch, named: false));

    public static ProbeDiscovery DiscoverNamed(LinuxRoot root, ServerWatch watch) =>
        ProbeDiscovery.Found(new CgroupMemoryProbe(root, watch, named: true));

    public void Read(Span<double> row)
    {
        if (_named)
            UpdateNamedGroup();
        else
            UpdateServerGroup();
        _files?.Read(row);
    }

    public void Dispose()
    {
        _files?.Dispose();
        _membership?.Dispose();
        _stat?.Dispose();
    }

    private void UpdateNamedGroup()
    {
        var folder = _watch.NamedCgroup;
        if (folder != _folder)
            Open(folder is null ? null : CgroupLocation.FromFolder(folder), folder);
    }

    // A process can be moved into another group while it runs: its membership is read again now and then.
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
            var folder = Path.Combine(_root.Proc, pid.Value.ToString(CultureInfo.InvariantCulture));
            _membership = ProcFile.TryOpen(Path.Combine(folder, "cgroup"));
            _stat = ProcFile.TryOpen(Path.Combine(folder, "stat"));
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
        // A process that has ended and was not asked for yet is shown in the topmost group: it did not move there.
        if ((!isNew && code == _membershipHash) || _stat is null || !ProcessStat.TryParse(_stat.Read(), out var stat) || stat.HasEnded)
            return;
        _membershipHash = code;
        if (CgroupLocation.Find(_root, pid.Value.ToString(CultureInfo.InvariantCulture), "memory") is { } group && group.Folder != _folder)
            Open(group, group.Folder);
    }

    private void Open(CgroupLocation? group, string? folder)
    {
        _files?.Dispose();
        _files = group is null ? null : new CgroupMemoryFiles(group, _columns);
        _folder = folder;
    }
}
