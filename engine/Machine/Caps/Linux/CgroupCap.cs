using System.Diagnostics;
using System.Globalization;
using MemoryWall.Core.Units;
using MemoryWall.Machine.Linux;
using MemoryWall.Machine.Linux.Cgroups;

namespace MemoryWall.Machine.Caps.Linux;

/// <summary>A cap by a cgroup that this process makes.</summary>
internal sealed class CgroupCap(Cgroup group, ByteSize limit, SwapPolicy swap) : IMemoryCap
{
    public string Kind => group.Kind;

    public ByteSize Limit => limit;

    public SwapPolicy Swap => swap;

    public string Folder => group.Folder;

    public void ConfigureStart(ProcessStartInfo start) => CgroupLauncher.PrependCommand(start, CgroupFile.ProcsPath(group.Folder));

    public async Task AttachAsync(Process child, CancellationToken cancellation) =>
        await CgroupMembership.WaitAsync(child, cgroup => cgroup.Contains('/' + Path.GetFileName(group.Folder), StringComparison.Ordinal),
            cancellation).ConfigureAwait(false);

    public CapCounters ReadCounters() => group.ReadCounters();

    public async ValueTask DisposeAsync() => await group.RemoveAsync().ConfigureAwait(false);
}

/// <summary>Waits until a child is in its cgroup.</summary>
internal static class CgroupMembership
{
    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(10);

    /// <returns>The child's <c>/proc/PID/cgroup</c>.</returns>
    public static async Task<string> WaitAsync(Process child, Func<string, bool> isInside, CancellationToken cancellation)
    {
        var path = CgroupLocation.MembershipFile(LinuxRoot.Machine, child.Id.ToString(CultureInfo.InvariantCulture));
        for (var clock = Stopwatch.StartNew(); clock.Elapsed < s_timeout;)
        {
            var cgroup = LinuxRoot.ReadText(path);
            if (cgroup is not null && isInside(cgroup))
                return cgroup;
            if (child.HasExited)
                throw new CapException(child.ExitCode == CgroupLauncher.NotMovedExitCode
                    ? "the child could not be moved under its cap; its standard error contains the reason"
                    : string.Create(CultureInfo.InvariantCulture,
                        $"the child ended with exit code {child.ExitCode} before it was seen under its cap"));
            await Task.Delay(TimeSpan.FromMilliseconds(2), cancellation).ConfigureAwait(false);
        }
        throw new CapException(
            string.Create(CultureInfo.InvariantCulture, $"the child did not come under its cap within {s_timeout.TotalSeconds} s"));
    }
}
