namespace MemoryWall.Machine.Linux;

/// <summary>Tells which block device a file or the swap space lies on.</summary>
internal static class BlockDevices
{
    /// <summary>The device under a path, as <c>/proc/diskstats</c> names it; null where it is not told (network, memory, a container's
    /// overlay).</summary>
    public static string? FindForPath(LinuxRoot root, string path)
    {
        var full = LinuxRoot.ResolveLinks(path);
        return MountTable.FindMount(MountTable.Read(root), full) is not { } mount
            ? null
            : FindByNumber(root, mount.Device) ?? FindByName(root, mount.Source);
    }

    /// <summary>The devices that swap space lies on.</summary>
    public static IReadOnlyList<string> FindSwapDevices(LinuxRoot root)
    {
        var devices = new List<string>();
        foreach (var line in (LinuxRoot.ReadText(Path.Combine(root.Proc, "swaps")) ?? "").Split('\n').Skip(1))
        {
            // Filename Type Size Used Priority; a blank in a file's name is written as \040.
            var fields = line.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
            if (fields.Length < 5)
                continue;
            var name = fields[0].Replace("\\040", " ", StringComparison.Ordinal);
            if ((fields[1] == "partition" ? FindByName(root, name) : FindForPath(root, name)) is { } device)
                devices.Add(device);
        }
        return devices;
    }

    // Major 0 is an anonymous device: btrfs, overlay, tmpfs, NFS.
    private static string? FindByNumber(LinuxRoot root, string number)
    {
        if (number.StartsWith("0:", StringComparison.Ordinal))
            return null;
        var parts = number.Split(':');
        foreach (var line in (LinuxRoot.ReadText(Path.Combine(root.Proc, "diskstats")) ?? "").Split('\n'))
        {
            var fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (fields.Length > 3 && parts.Length == 2 && fields[0] == parts[0] && fields[1] == parts[1])
                return fields[2];
        }
        return null;
    }

    // /dev/mapper/x is a link to /dev/dm-0, the name that diskstats uses.
    private static string? FindByName(LinuxRoot root, string source)
    {
        if (!source.StartsWith("/dev/", StringComparison.Ordinal))
            return null;
        var name = Path.GetFileName(LinuxRoot.ResolveLinks(root.Dev + source["/dev".Length..]));
        return (LinuxRoot.ReadText(Path.Combine(root.Proc, "diskstats")) ?? "").Split('\n')
            .Any(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries) is { Length: > 3 } fields && fields[2] == name)
            ? name
            : null;
    }
}
