namespace MemoryWall.Machine.Linux;

/// <summary>Finds the block device that stores a file or the swap space.</summary>
internal static class BlockDevices
{
    /// <summary>The device of a path, as <c>/proc/diskstats</c> names it; null where it is unknown (network, memory, a container's
    /// overlay).</summary>
    public static string? FindForPath(LinuxRoot root, string path)
    {
        var full = LinuxRoot.ResolveLinks(path);
        return MountTable.FindMount(MountTable.Read(root), full) is not { } mount
            ? null
            : FindByNumber(root, mount.Device) ?? FindByName(root, mount.Source);
    }

    /// <summary>The devices of the swap spaces in use.</summary>
    public static IReadOnlyList<string> FindSwapDevices(LinuxRoot root) =>
        [.. SwapTable.Read(root).Select(swap => swap.IsPartition ? FindByName(root, swap.Path) : FindForPath(root, swap.Path))
            .OfType<string>()];

    // Major 0 is an anonymous device: btrfs, overlay, tmpfs, NFS.
    private static string? FindByNumber(LinuxRoot root, string number) =>
        number.StartsWith("0:", StringComparison.Ordinal)
            ? null
            : DiskStatsFile.ListDevices(root).FirstOrDefault(device => device.Number == number).Name;

    // /dev/mapper/x is a link to /dev/dm-0, the name that diskstats uses.
    private static string? FindByName(LinuxRoot root, string source)
    {
        if (!source.StartsWith("/dev/", StringComparison.Ordinal))
            return null;
        var name = Path.GetFileName(LinuxRoot.ResolveLinks(root.Dev + source["/dev".Length..]));
        return DiskStatsFile.ListDevices(root).Any(device => device.Name == name) ? name : null;
    }
}
