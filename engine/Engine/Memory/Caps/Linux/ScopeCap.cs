using System.Diagnostics;
using System.Globalization;
using MemoryWall.Units;

namespace MemoryWall.Memory.Caps.Linux;

/// <summary>
/// A cap by a systemd scope of the user's own manager, for cgroup v2 without rights of one's own: <c>systemd-run --user --scope</c> makes
/// the cgroup, sets its limits and becomes the child. The scope is gone as soon as its last process is, so kills are read from the
/// folder above, whose events include those below (cgroup-v2.rst, <c>memory.events</c>).
/// </summary>
internal sealed class ScopeCap(OwnerTag tag, ByteSize limit, SwapPolicy swap) : ICap
{
    private CgroupV2? _group;
    private CapEvidence _last = new();
    private long? _killsBefore;

    public string Kind => "systemd scope";

    public ByteSize Limit => limit;

    public SwapPolicy Swap => swap;

    private string Unit => tag.Name + ".scope";

    public void Prepare(ProcessStartInfo start) => Trampoline.Through(start, Command(Unit, limit, swap));

    public static IReadOnlyList<string> Command(string unit, ByteSize limit, SwapPolicy swap) =>
    [
        "systemd-run", "--user", "--scope", "--quiet", "--collect", "--unit=" + unit,
        string.Create(CultureInfo.InvariantCulture, $"--property=MemoryMax={limit.Bytes}"),
        "--property=MemorySwapMax=" + (swap.Limit is { } swapLimit ? swapLimit.Bytes.ToString(CultureInfo.InvariantCulture) : "infinity"),
        "--",
    ];

    public async Task AttachAsync(Process child, CancellationToken cancellation)
    {
        var cgroup = await Membership.WaitAsync(child, text => text.Contains('/' + Unit, StringComparison.Ordinal), cancellation).ConfigureAwait(false);
        var mount = CgroupLayout.Find()?.Mount ?? throw new CapException("the cgroup hierarchy is not mounted any more");
        _group = new CgroupV2(mount + cgroup.Split('\n').First(line => line.StartsWith("0::", StringComparison.Ordinal))[3..]);
        if (_group.Read().LimitBytes != limit.Bytes / Environment.SystemPageSize * Environment.SystemPageSize)
            throw new CapException($"systemd did not set the limit of {limit}: the memory controller is not delegated to the user's manager; "
                + "add Delegate=cpu memory pids to user@.service (systemctl edit user@.service) and log in again");
        _killsBefore = KillsAbove();
    }

    public CapEvidence Read()
    {
        if (_group is null)
            return _last;
        var now = _group.Read();
        if (now.CurrentBytes is not null)
            _last = now;
        return KillsAbove() - _killsBefore is > 0 and var kills ? _last with { OomKills = Math.Max(kills, _last.OomKills ?? 0) } : _last;
    }

    public ValueTask DisposeAsync()
    {
        if (_group is not null && Directory.Exists(_group.Folder))
            _group.Kill();
        return ValueTask.CompletedTask;
    }

    private long? KillsAbove() => Path.GetDirectoryName(_group?.Folder) is { } above ? new CgroupV2(above).Read().OomKills : null;
}
