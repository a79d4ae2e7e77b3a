using System.Diagnostics;
using System.Globalization;
using MemoryWall.Core.Units;
using MemoryWall.Machine.Linux;
using MemoryWall.Machine.Linux.Cgroups;

namespace MemoryWall.Machine.Caps.Linux;

/// <summary>
/// A cap by a systemd scope of the user's own manager, for cgroup v2 without the right to make groups: <c>systemd-run --user --scope</c>
/// makes the cgroup, sets its limits and becomes the child. systemd removes the scope with its last process, so kills are read from the
/// parent folder, whose events include those below (cgroup-v2.rst, <c>memory.events</c>).
/// </summary>
internal sealed class SystemdScopeCap(OwnerTag tag, ByteSize limit, SwapPolicy swap) : IMemoryCap
{
    private CgroupV2? _group;
    private CapCounters _lastCounters = new();
    private long? _parentOomKillsBefore;

    public string Kind => "systemd scope";

    public ByteSize Limit => limit;

    public SwapPolicy Swap => swap;

    private string UnitName => tag.Name + ".scope";

    public void ConfigureStart(ProcessStartInfo start) => CgroupLauncher.PrependCommand(start, CreateCommand(UnitName, limit, swap));

    public static IReadOnlyList<string> CreateCommand(string unit, ByteSize limit, SwapPolicy swap) =>
    [
        "systemd-run", "--user", "--scope", "--quiet", "--collect", "--unit=" + unit,
        string.Create(CultureInfo.InvariantCulture, $"--property=MemoryMax={limit.Bytes}"),
        "--property=MemorySwapMax=" + (swap.Limit is { } swapLimit ? swapLimit.Bytes.ToString(CultureInfo.InvariantCulture) : "infinity"),
        "--",
    ];

    public async Task AttachAsync(Process child, CancellationToken cancellation)
    {
        var cgroup = await CgroupMembership.WaitAsync(child, text => text.Contains('/' + UnitName, StringComparison.Ordinal), cancellation)
            .ConfigureAwait(false);
        var location = CgroupLocation.FromMembership(LinuxRoot.Machine, cgroup, "memory", isSelf: false)
            ?? throw new CapException($"the cgroup of {UnitName} is not visible: the child has ended, or the hierarchy is not mounted");
        _group = new CgroupV2(location.Folder);
        if (_group.ReadCounters().LimitBytes != limit.Bytes / Environment.SystemPageSize * Environment.SystemPageSize)
            throw new CapException(
                $"systemd did not set the limit of {limit}: the memory controller is not delegated to the user's manager; "
                + "add Delegate=cpu memory pids to user@.service (systemctl edit user@.service) and log in again");
        _parentOomKillsBefore = ReadParentOomKills();
    }

    public CapCounters ReadCounters()
    {
        if (_group is null)
            return _lastCounters;
        var now = _group.ReadCounters();
        if (now.CurrentBytes is not null)
            _lastCounters = now;
        return ReadParentOomKills() - _parentOomKillsBefore is > 0 and var kills
            ? _lastCounters with { OomKills = Math.Max(kills, _lastCounters.OomKills ?? 0) }
            : _lastCounters;
    }

    public ValueTask DisposeAsync()
    {
        if (_group is not null && Directory.Exists(_group.Folder))
            _group.KillAll();
        return ValueTask.CompletedTask;
    }

    private long? ReadParentOomKills() =>
        Path.GetDirectoryName(_group?.Folder) is { } above ? new CgroupV2(above).ReadCounters().OomKills : null;
}
