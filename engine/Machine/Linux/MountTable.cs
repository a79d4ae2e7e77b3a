namespace MemoryWall.Machine.Linux;

/// <summary>One mounted file system, from a line of <c>/proc/self/mountinfo</c>.</summary>
/// <param name="Device">Major and minor number, <c>254:0</c>.</param>
/// <param name="Root">Which folder of the file system is mounted.</param>
/// <param name="MountPoint">Where it is mounted.</param>
/// <param name="Type">The file system's type.</param>
/// <param name="Source">What is mounted, often a device.</param>
/// <param name="Options">The file system's own options.</param>
internal sealed record Mount(string Device, string Root, string MountPoint, string Type, string Source, string Options)
{
    public bool HasOption(string option) => Options.Split(',').Contains(option, StringComparer.Ordinal);
}

/// <summary>Reads mount tables. Malformed lines are skipped.</summary>
internal static class MountTable
{
    public static IReadOnlyList<Mount> Read(LinuxRoot root) => Parse(LinuxRoot.ReadText(Path.Combine(root.Proc, "self/mountinfo")) ?? "");

    // 36 35 98:0 /mnt1 /mnt2 rw,noatime master:1 - ext3 /dev/root rw,errors=continue (proc(5))
    public static IReadOnlyList<Mount> Parse(string text)
    {
        var mounts = new List<Mount>();
        foreach (var line in text.Split('\n'))
        {
            var halves = line.Split(" - ", 2);
            if (halves.Length != 2)
                continue;
            var left = halves[0].Split(' ');
            var right = halves[1].Split(' ');
            if (left.Length >= 6 && right.Length >= 3)
                mounts.Add(new Mount(left[2], Unescape(left[3]), Unescape(left[4]), right[0], Unescape(right[1]), right[2]));
        }
        return mounts;
    }

    /// <summary>The mount that contains a full path: the one with the longest matching mount point, and of several the last
    /// mounted.</summary>
    public static Mount? FindMount(IReadOnlyList<Mount> mounts, string path)
    {
        Mount? best = null;
        foreach (var mount in mounts)
        {
            if (IsWithin(path, mount.MountPoint) && mount.MountPoint.Length >= (best?.MountPoint.Length ?? 0))
                best = mount;
        }
        return best;
    }

    /// <summary>Whether a path is a folder or is inside it.</summary>
    public static bool IsWithin(string path, string folder) =>
        folder == "/" || path == folder || (path.StartsWith(folder, StringComparison.Ordinal) && path[folder.Length] == '/');

    // The kernel writes blank, tab, newline and backslash as three octal digits.
    private static string Unescape(string text) =>
        !text.Contains('\\', StringComparison.Ordinal)
            ? text
            : text.Replace("\\040", " ", StringComparison.Ordinal).Replace("\\011", "\t", StringComparison.Ordinal)
                .Replace("\\012", "\n", StringComparison.Ordinal).Replace("\\134", "\\", StringComparison.Ordinal);
}
