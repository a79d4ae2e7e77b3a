using System.ComponentModel;
using System.Diagnostics;
using MemoryWall.Core.Units;

namespace MemoryWall.Machine.Caps.Linux;

/// <summary>Chooses the mechanism on Linux, and cleans up after engines that died.</summary>
internal static class LinuxMemoryCaps
{
    // Folders to look through for leftovers: large hosts have some thousands.
    private const int MaxFolders = 50_000;

    public static IMemoryCap Create(ByteSize limit, SwapPolicy swap)
    {
        var layout = CgroupLayout.Find()
            ?? throw new CapException(
                "no memory controller is mounted under /sys/fs/cgroup; in a container, start it with its own cgroup namespace and a writable /sys/fs/cgroup");
        var tag = OwnerTag.ForThisProcess();
        if (TryCreateGroup(layout, tag.Name, out var group, out var problem))
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
        if (layout.Version == 2 && HasUserManager())
            return new SystemdScopeCap(tag, limit, swap);
        throw new CapException(FormatRefusal(layout, problem));
    }

    /// <summary>Starts a program that does nothing under a cap.</summary>
    /// <exception cref="CapException">It did not run; its words are in the message.</exception>
    public static async Task TestAsync(IMemoryCap cap)
    {
        var start = new ProcessStartInfo("true") { RedirectStandardError = true };
        cap.ConfigureStart(start);
        try
        {
            using var child = Process.Start(start)!;
            var words = await child.StandardError.ReadToEndAsync().ConfigureAwait(false);
            await child.WaitForExitAsync().ConfigureAwait(false);
            if (child.ExitCode != 0)
                throw new CapException($"a program could not be started under a {cap.Kind}: {words.Trim()}");
        }
        catch (Win32Exception error)
        {
            throw new CapException($"a program could not be started under a {cap.Kind}: {error.Message}");
        }
    }

    public static async Task<IReadOnlyList<string>> CleanLeftoversAsync()
    {
        var removed = new List<string>();
        if (CgroupLayout.Find() is not { } layout)
            return removed;
        foreach (var folder in FindLeftovers(layout.MountPoint))
        {
            var group = Cgroup.Open(layout.Version, folder);
            var inside = CgroupFile.ReadPids(folder).Count;
            if (await group.RemoveAsync().ConfigureAwait(false))
                removed.Add(inside == 0 ? $"cap {folder}" : FormattableString.Invariant($"cap {folder} with {inside} processes"));
        }
        return removed;
    }

    /// <summary>A limit that the system did not take as asked would make every result under it a lie.</summary>
    private static void VerifyLimit(Cgroup group, ByteSize limit)
    {
        var asked = limit.Bytes / Environment.SystemPageSize * Environment.SystemPageSize;
        if (group.ReadCounters().LimitBytes != asked)
            throw new CapException(
                FormattableString.Invariant(
                    $"the system shows a limit of {group.ReadCounters().LimitBytes?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "none"} where {asked} bytes were set in {group.Folder}"));
    }

    private static bool TryCreateGroup(CgroupLayout layout, string name, out Cgroup group, out string problem)
    {
        problem = "";
        foreach (var above in layout.EnumerateOwnAndParents())
        {
            // v2 gives a child only those controllers that its parent hands down.
            if (layout.Version == 2 && !(CgroupFile.TryRead(above, "cgroup.subtree_control") ?? "").Split([' ', '\n']).Contains("memory"))
                continue;
            var folder = Path.Combine(above, name);
            try
            {
                CleanupWatchdog.Register(folder);
                Directory.CreateDirectory(folder);
                group = Cgroup.Open(layout.Version, folder);
                return true;
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                // The nearest folder's words; the others say the same of folders farther away.
                problem = problem.Length > 0 ? problem : error.Message.TrimEnd('.');
            }
        }
        group = null!;
        return false;
    }

    private static bool HasUserManager() =>
        Environment.GetEnvironmentVariable("XDG_RUNTIME_DIR") is { Length: > 0 } runtime
        && Directory.Exists(Path.Combine(runtime, "systemd"))
        && (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':')
            .Any(folder => folder.Length > 0 && File.Exists(Path.Combine(folder, "systemd-run")));

    private static string FormatRefusal(CgroupLayout layout, string problem)
    {
        var why = problem.Length > 0 ? problem : "no cgroup above this process hands the memory controller down";
        var help = layout.Version == 1
            ? "run as root, or let root make and give away a folder: mkdir /sys/fs/cgroup/memory/me && chown -R $USER /sys/fs/cgroup/memory/me, and start this process inside it"
            : "run inside a systemd user session (loginctl enable-linger helps over ssh), or as root; in a container, start it with --privileged or with systemd";
        return $"this process may not make a memory cap ({layout.OwnFolder}, cgroup v{layout.Version}): {why}. To permit it: {help}";
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
                // A scope that its processes outlived their engine in carries the same name.
                if (OwnerTag.Parse(name.EndsWith(".scope", StringComparison.Ordinal) ? name[..^6] : name) is { IsOrphan: true })
                    yield return folder;
                waiting.Enqueue(folder);
            }
        }
    }
}
