namespace MemoryWall.Machine.Linux.Cgroups;

/// <summary>Which of the kernel's two interfaces a control group speaks.</summary>
internal enum CgroupVersion
{
    V1,
    V2,
}

/// <summary>A control group's folder as seen from here.</summary>
/// <param name="Version">The interface.</param>
/// <param name="Folder">Its folder.</param>
/// <param name="MountPoint">The folder of the topmost group that can be seen.</param>
internal sealed record CgroupLocation(CgroupVersion Version, string Folder, string MountPoint)
{
    /// <summary>This group and those above it that can be seen, from the inside out.</summary>
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

    /// <summary>
    /// The group of a process for one controller. A hybrid machine has the controller on v1 beside a v2 hierarchy without it, so v1 is
    /// asked first. Null where the process is gone, the hierarchy is not mounted, or another process' group cannot be seen from here.
    /// </summary>
    /// <param name="root">Where the machine's files lie.</param>
    /// <param name="process">A process id or <c>self</c>.</param>
    /// <param name="controller"><c>memory</c> or <c>cpu</c>.</param>
    public static CgroupLocation? Find(LinuxRoot root, string process, string controller)
    {
        var membership = LinuxRoot.ReadText(Path.Combine(root.Proc, process, "cgroup"));
        if (membership is null)
            return null;
        var mounts = MountTable.Read(root);
        var isSelf = process == "self";
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
                return Locate(root, mounts, CgroupVersion.V1, parts[2], m => m.Type == "cgroup" && m.HasOption(controller), isSelf);
        }
        return unified is null ? null : Locate(root, mounts, CgroupVersion.V2, unified, m => m.Type == "cgroup2", isSelf);
    }

    /// <summary>The group in a folder that the caller names; null where it is none for memory.</summary>
    public static CgroupLocation? FromFolder(string folder)
    {
        if (File.Exists(Path.Combine(folder, "memory.current")) || File.Exists(Path.Combine(folder, "cgroup.controllers")))
            return new CgroupLocation(CgroupVersion.V2, folder, folder);
        return File.Exists(Path.Combine(folder, "memory.usage_in_bytes")) ? new CgroupLocation(CgroupVersion.V1, folder, folder) : null;
    }

    // Without a cgroup namespace a container sees the host's path but only its own folder mounted: the mount's root is then a prefix of the
    // path. With one, what lies above it is "/..", in the path and in the roots of mounts that were made outside.
    private static CgroupLocation? Locate(LinuxRoot root, IReadOnlyList<Mount> mounts, CgroupVersion version, string path,
        Func<Mount, bool> isHierarchy, bool isSelf)
    {
        var hierarchy = mounts.Where(isHierarchy).ToList();
        var (mount, inside) = hierarchy.Select(m => (Mount: m, Inside: RelativeTo(path, m.Root))).Where(entry => entry.Inside is not null)
            .OrderByDescending(entry => entry.Mount.Root.Length).FirstOrDefault();
        if (mount is not null && Path.TrimEndingDirectorySeparator(MountFolder(root, mount) + inside) is var folder
            && Directory.Exists(folder))
            return new CgroupLocation(version, folder, MountFolder(root, mount));
        // This process is below the topmost group that it can see; where another process is cannot be told.
        return isSelf && hierarchy.Count > 0
            ? new CgroupLocation(version, MountFolder(root, hierarchy[0]), MountFolder(root, hierarchy[0]))
            : null;
    }

    private static string? RelativeTo(string path, string root)
    {
        if (!MountTable.IsWithin(path, root))
            return null;
        var inside = root == "/" ? path : path[root.Length..];
        return inside.Split('/').Contains("..", StringComparer.Ordinal) ? null : inside;
    }

    // The mount point is a path of the machine; a captured machine has it below its own folder.
    private static string MountFolder(LinuxRoot root, Mount mount) =>
        mount.MountPoint.StartsWith("/sys", StringComparison.Ordinal) ? root.Sys + mount.MountPoint["/sys".Length..] : mount.MountPoint;
}
