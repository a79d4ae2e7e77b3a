namespace MemoryWall.Telemetry.Linux;

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
internal sealed record Cgroup(CgroupVersion Version, string Folder, string MountPoint)
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
    /// The group of a process for one controller. A hybrid machine has the controller on v1 beside a v2 hierarchy without it, so v1 is asked first.
    /// Null where the process is gone or the hierarchy is not mounted.
    /// </summary>
    /// <param name="root">Where the machine's files lie.</param>
    /// <param name="process">A process id or <c>self</c>.</param>
    /// <param name="controller"><c>memory</c> or <c>cpu</c>.</param>
    public static Cgroup? Of(LinuxRoot root, string process, string controller)
    {
        var membership = LinuxRoot.Text(Path.Combine(root.Proc, process, "cgroup"));
        if (membership is null)
            return null;
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
                return Locate(root, mounts, CgroupVersion.V1, parts[2], m => m.Type == "cgroup" && m.HasOption(controller));
        }
        return unified is null ? null : Locate(root, mounts, CgroupVersion.V2, unified, m => m.Type == "cgroup2");
    }

    /// <summary>The group in a folder that the caller names; null where it is none for memory.</summary>
    public static Cgroup? At(string folder)
    {
        if (File.Exists(Path.Combine(folder, "memory.current")) || File.Exists(Path.Combine(folder, "cgroup.controllers")))
            return new Cgroup(CgroupVersion.V2, folder, folder);
        return File.Exists(Path.Combine(folder, "memory.usage_in_bytes")) ? new Cgroup(CgroupVersion.V1, folder, folder) : null;
    }

    // Without a cgroup namespace a container sees the host's path but only its own folder mounted: the mount's root is then a prefix of the path.
    private static Cgroup? Locate(LinuxRoot root, IReadOnlyList<Mount> mounts, CgroupVersion version, string path, Func<Mount, bool> isHierarchy)
    {
        if (mounts.FirstOrDefault(isHierarchy) is not { } mount)
            return null;
        var inside = !MountTable.IsWithin(path, mount.Root) ? "" : mount.Root == "/" ? path : path[mount.Root.Length..];
        // The mount point is a path of the machine; a captured machine has it below its own folder.
        var point = mount.Point.StartsWith("/sys", StringComparison.Ordinal) ? root.Sys + mount.Point["/sys".Length..] : mount.Point;
        if (inside.Split('/').Contains("..", StringComparer.Ordinal))
            inside = "";
        var folder = Path.TrimEndingDirectorySeparator(point + inside);
        return new Cgroup(version, Directory.Exists(folder) ? folder : point, point);
    }
}
