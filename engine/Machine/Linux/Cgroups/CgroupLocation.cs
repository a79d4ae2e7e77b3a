namespace MemoryWall.Machine.Linux.Cgroups;

/// <summary>The folder of a control group, as this process sees it. All code that needs a control group finds it here.</summary>
/// <param name="Version">The kernel interface of the hierarchy.</param>
/// <param name="Folder">The group's folder.</param>
/// <param name="MountPoint">The folder of the topmost visible group.</param>
internal sealed record CgroupLocation(CgroupVersion Version, string Folder, string MountPoint)
{
    /// <summary>This group and its visible ancestors, from the inside out.</summary>
    public IEnumerable<string> SelfAndAncestors()
    {
        var folder = Folder;
        while (MountTable.IsWithin(folder, MountPoint))
        {
            yield return folder;
            if (folder == MountPoint || Path.GetDirectoryName(folder) is not { } parent)
                yield break;
            folder = parent;
        }
    }

    /// <summary>The file with the groups of a process given by its id or as <c>self</c> (cgroups(7)).</summary>
    public static string MembershipFile(LinuxRoot root, string process) => root.ProcessFile(process, "cgroup");

    /// <summary>
    /// Finds the group of a process for one controller. A hybrid machine has the controller in a v1 hierarchy and also mounts a v2
    /// hierarchy without it, so v1 goes first. Null where the process has ended, the hierarchy is not mounted, or the group of another
    /// process is not visible from here.
    /// </summary>
    /// <param name="root">Where to read the machine's files.</param>
    /// <param name="process">A process id or <c>self</c>.</param>
    /// <param name="controller"><c>memory</c> or <c>cpu</c>.</param>
    public static CgroupLocation? Find(LinuxRoot root, string process, string controller) =>
        LinuxRoot.ReadText(MembershipFile(root, process)) is { } membership
            ? FromMembership(root, membership, controller, isSelf: process == "self")
            : null;

    /// <summary>Finds the group of a process whose membership was already read.</summary>
    /// <param name="root">Where to read the machine's files.</param>
    /// <param name="membership">The text of <c>/proc/PID/cgroup</c> (cgroups(7)).</param>
    /// <param name="controller"><c>memory</c> or <c>cpu</c>.</param>
    /// <param name="isSelf">Whether the process is this one.</param>
    public static CgroupLocation? FromMembership(LinuxRoot root, string membership, string controller, bool isSelf)
    {
        var mounts = MountTable.Read(root);
        string? unified = null;
        foreach (var line in membership.Split('\n'))
        {
            // hierarchy:controllers:path, where the unified hierarchy is 0 without controllers.
            var parts = line.Split(':', 3);
            if (parts.Length != 3)
                continue;
            if (parts[0] == "0" && parts[1].Length == 0)
                unified = parts[2];
            else if (parts[1].Split(',').Contains(controller, StringComparer.Ordinal))
                return Locate(CgroupVersion.V1, parts[2], mounts.Where(m => m.Type == "cgroup" && m.HasOption(controller)));
        }
        return unified is null ? null : Locate(CgroupVersion.V2, unified, mounts.Where(m => m.Type == "cgroup2"));

        CgroupLocation? Locate(CgroupVersion version, string path, IEnumerable<Mount> hierarchy)
        {
            var visible = hierarchy.Select(mount => (mount.Root, MountPoint: LocalMountPoint(root, mount))).ToList();
            return FindVisible(version, path, visible)
                // This process is in or below the topmost group that it sees; the group of another process may be elsewhere.
                ?? (isSelf && visible.Count > 0 ? new CgroupLocation(version, visible[0].MountPoint, visible[0].MountPoint) : null);
        }
    }

    /// <summary>The group in a named folder; null where the folder is no control group with a memory controller.</summary>
    public static CgroupLocation? FromFolder(string folder)
    {
        var v2 = new CgroupLocation(CgroupVersion.V2, folder, folder);
        if (HasMemory(v2) || File.Exists(Path.Combine(folder, "cgroup.controllers")))
            return v2;
        var v1 = new CgroupLocation(CgroupVersion.V1, folder, folder);
        return HasMemory(v1) ? v1 : null;

        static bool HasMemory(CgroupLocation group) => File.Exists(CgroupMemoryReader.PathOf(group, CgroupMemoryField.CurrentBytes));
    }

    // Without a cgroup namespace, a container sees the host's path but only its own folder mounted: the mount's root is then a prefix of
    // the path. With a namespace, groups above its root begin with "/..", in the path and in the roots of mounts made outside.
    private static CgroupLocation? FindVisible(CgroupVersion version, string path, List<(string Root, string MountPoint)> visible)
    {
        foreach (var (mountRoot, mountPoint) in visible.OrderByDescending(mount => mount.Root.Length))
        {
            if (RelativeTo(path, mountRoot) is not { } inside)
                continue;
            var folder = Path.TrimEndingDirectorySeparator(mountPoint + inside);
            if (Directory.Exists(folder))
                return new CgroupLocation(version, folder, mountPoint);
        }
        return null;
    }

    private static string? RelativeTo(string path, string root)
    {
        if (!MountTable.IsWithin(path, root))
            return null;
        var inside = root == "/" ? path : path[root.Length..];
        return inside.Split('/').Contains("..", StringComparer.Ordinal) ? null : inside;
    }

    // The mount point is a path of the machine; a captured machine has it below its own folder.
    private static string LocalMountPoint(LinuxRoot root, Mount mount) =>
        MountTable.IsWithin(mount.MountPoint, "/sys") ? root.Sys + mount.MountPoint["/sys".Length..] : mount.MountPoint;
}
