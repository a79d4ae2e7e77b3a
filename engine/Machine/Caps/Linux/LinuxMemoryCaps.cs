using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using MemoryWall.Core.Units;
using MemoryWall.Machine.Linux;
using MemoryWall.Machine.Linux.Cgroups;

namespace MemoryWall.Machine.Caps.Linux;

/// <summary>Chooses the mechanism on Linux, and removes the caps of engines that died.</summary>
internal static class LinuxMemoryCaps
{
    // The most folders searched for leftovers: large hosts have some thousands.
    private const int MaxFolders = 50_000;

    public static IMemoryCap Create(ByteSize limit, SwapPolicy swap)
    {
        var own = FindOwnGroup()
            ?? throw new CapException(
                "no memory controller is mounted under /sys/fs/cgroup; in a container, start it with its own cgroup namespace and a "
                + "writable /sys/fs/cgroup");
        var tag = OwnerTag.ForThisProcess();
        if (TryCreateGroup(own, tag.Name, out var group, out var problem))
        {
            try
            {
                group.SetLimit(limit, swap);
                VerifyLimit(group, limit);
                return new CgroupCap(group, limit, swap);
            }
            catch (CapException)
            {
                Directory.Delete(group.Folder);
                throw;
            }
        }
        if (own.Version == CgroupVersion.V2 && HasUserManager())
            return new SystemdScopeCap(tag, limit, swap);
        throw new CapException(FormatRefusal(own, problem));
    }

    /// <summary>Starts a program that does nothing under a cap.</summary>
    /// <exception cref="CapException">It did not run; the message contains its standard error.</exception>
    public static async Task TestAsync(IMemoryCap cap)
    {
        var start = new ProcessStartInfo("true") { RedirectStandardError = true };
        cap.ConfigureStart(start);
        try
        {
            using var child = Process.Start(start)!;
            var log = await child.StandardError.ReadToEndAsync().ConfigureAwait(false);
            await child.WaitForExitAsync().ConfigureAwait(false);
            if (child.ExitCode != 0)
                throw new CapException($"a program could not be started under a {cap.Kind}: {log.Trim()}");
        }
        catch (Win32Exception error)
        {
            throw new CapException($"a program could not be started under a {cap.Kind}: {error.Message}");
        }
    }

    public static async Task<IReadOnlyList<string>> CleanLeftoversAsync()
    {
        var removed = new List<string>();
        if (FindOwnGroup() is not { } own)
            return removed;
        foreach (var folder in FindLeftovers(own.MountPoint))
        {
            var group = Cgroup.Open(own.Version, folder);
            var inside = CgroupFile.ReadPids(folder).Count;
            if (await group.RemoveAsync().ConfigureAwait(false))
                removed.Add(inside == 0 ? $"cap {folder}" : FormattableString.Invariant($"cap {folder} with {inside} processes"));
        }
        return removed;
    }

    private static CgroupLocation? FindOwnGroup() => CgroupLocation.Find(LinuxRoot.Machine, "self", "memory");

    // With a limit other than the requested one, every result under it would be false.
    private static void VerifyLimit(Cgroup group, ByteSize limit)
    {
        var requested = limit.Bytes / Environment.SystemPageSize * Environment.SystemPageSize;
        if (group.ReadCounters().LimitBytes is var shown && shown != requested)
            throw new CapException(
                $"the system shows a limit of {shown?.ToString(CultureInfo.InvariantCulture) ?? "none"} where "
                + FormattableString.Invariant($"{requested} bytes were set in {group.Folder}"));
    }

    private static bool TryCreateGroup(CgroupLocation own, string name, out Cgroup group, out string problem)
    {
        problem = "";
        foreach (var above in own.SelfAndAncestors())
        {
            // On v2 a child has only the controllers that its parent delegates.
            if (own.Version == CgroupVersion.V2 && !DelegatesMemory(above))
                continue;
            var folder = Path.Combine(above, name);
            try
            {
                CleanupWatchdog.Register(folder);
                Directory.CreateDirectory(folder);
                group = Cgroup.Open(own.Version, folder);
                return true;
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                // The error of the nearest folder; those of folders farther away are the same.
                problem = problem.Length > 0 ? problem : error.Message.TrimEnd('.');
            }
        }
        group = null!;
        return false;
    }

    private static bool DelegatesMemory(string folder) =>
        (LinuxRoot.ReadText(Path.Combine(folder, "cgroup.subtree_control")) ?? "").Split([' ', '\n']).Contains("memory");

    private static bool HasUserManager() =>
        Environment.GetEnvironmentVariable("XDG_RUNTIME_DIR") is { Length: > 0 } runtime
        && Directory.Exists(Path.Combine(runtime, "systemd"))
        && (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':')
            .Any(folder => folder.Length > 0 && File.Exists(Path.Combine(folder, "systemd-run")));

    private static string FormatRefusal(CgroupLocation own, string problem)
    {
        var why = problem.Length > 0 ? problem : "no cgroup above this process delegates the memory controller";
        var help = own.Version == CgroupVersion.V1
            ? "run as root, or let root make a folder for you: mkdir /sys/fs/cgroup/memory/me && chown -R $USER "
                + "/sys/fs/cgroup/memory/me, and start this process inside it"
            : "run inside a systemd user session (loginctl enable-linger helps over ssh), or as root; in a container, start it with "
                + "--privileged or with systemd";
        return $"this process may not make a memory cap ({own.Folder}, cgroup v{(int)own.Version}): {why}. To permit it: {help}";
    }

    private static IEnumerable<string> FindLeftovers(string mount)
    {
        var waiting = new Queue<string>([mount]);
        for (var seen = 0; waiting.Count > 0 && seen < MaxFolders; seen++)
        {
            string[] below;
            try
            {
                below = Directory.GetDirectories(waiting.Dequeue());
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                continue;
            }
            foreach (var folder in below)
            {
                var name = Path.GetFileName(folder);
                // A scope whose processes outlived the engine has the same name.
                if (OwnerTag.Parse(name.EndsWith(".scope", StringComparison.Ordinal) ? name[..^6] : name) is { IsOrphan: true })
                    yield return folder;
                waiting.Enqueue(folder);
            }
        }
    }
}
