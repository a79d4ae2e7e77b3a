namespace MemoryWall.Machine.Caps.Linux;

/// <summary>Where the memory controller of this machine is mounted, in which version, and where this process stands in it.</summary>
/// <param name="Version">1 or 2.</param>
/// <param name="MountPoint">The folder where the hierarchy is mounted.</param>
/// <param name="OwnFolder">This process's folder in it; the mount itself where the path is not visible from here (containers).</param>
internal sealed record CgroupLayout(int Version, string MountPoint, string OwnFolder)
{
    /// <summary>As the kernel tells it; null where no memory controller is mounted.</summary>
    public static CgroupLayout? Find()
    {
        try
        {
            return Parse(File.ReadAllText("/proc/self/mountinfo"), File.ReadAllText("/proc/self/cgroup"), Directory.Exists, File.Exists);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>
    /// Reads <c>/proc/self/mountinfo</c> (proc(5)) and <c>/proc/self/cgroup</c> (cgroups(7)). On hybrid machines a v2 hierarchy is mounted
    /// too, without the memory controller: v1 goes first wherever it has memory.
    /// </summary>
    public static CgroupLayout? Parse(string mountInfo, string cgroup, Func<string, bool> folderExists, Func<string, bool> fileExists)
    {
        string? v1 = null, v2 = null, v1Root = null, v2Root = null;
        foreach (var line in mountInfo.Split('\n'))
        {
            var separator = line.IndexOf(" - ", StringComparison.Ordinal);
            var before = separator < 0 ? [] : line[..separator].Split(' ');
            var after = separator < 0 ? [] : line[(separator + 3)..].Split(' ');
            if (before.Length < 6 || after.Length < 3)
                continue;
            if (after[0] == "cgroup2")
                (v2, v2Root) = (Unescape(before[4]), Unescape(before[3]));
            else if (after[0] == "cgroup" && after[2].Split(',').Contains("memory"))
                (v1, v1Root) = (Unescape(before[4]), Unescape(before[3]));
        }
        var (version, mount, root, id) = v1 is not null ? (1, v1, v1Root!, "memory")
            : v2 is not null && fileExists(v2 + "/cgroup.controllers") ? (2, v2, v2Root!, "") : default;
        if (mount is null)
            return null;
        var path = cgroup.Split('\n').Select(line => line.Split(':', 3))
            .FirstOrDefault(parts => parts.Length == 3 && (id.Length == 0 ? parts[0] == "0" : parts[1].Split(',').Contains(id)))?[2] ?? "/";
        // A container without its own cgroup namespace sees the host's path, of which only the part below the mount's root exists here.
        if (root != "/" && path.StartsWith(root, StringComparison.Ordinal))
            path = path[root.Length..];
        var own = path.Contains("/..", StringComparison.Ordinal) ? mount : mount + path.TrimEnd('/');
        return new CgroupLayout(version, mount, folderExists(own) ? own : mount);
    }

    /// <summary>This process's folder and those above it, the nearest first.</summary>
    public IEnumerable<string> EnumerateOwnAndParents()
    {
        for (var folder = OwnFolder; folder.Length > MountPoint.Length; folder = folder[..folder.LastIndexOf('/')])
            yield return folder;
        yield return MountPoint;
    }

    private static string Unescape(string path) =>
        path.Replace("\\040", " ", StringComparison.Ordinal).Replace("\\011", "\t", StringComparison.Ordinal).Replace("\\134", "\\",
            StringComparison.Ordinal);
}
