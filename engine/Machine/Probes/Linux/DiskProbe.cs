using MemoryWall.Machine.Linux;

namespace MemoryWall.Machine.Probes.Linux;

/// <summary>Bytes, requests, busy time and queue of block devices.</summary>
internal static class DiskProbe
{
    /// <summary>A device's name as columns have it: <c>dm-0</c> is <c>dm_0</c>.</summary>
    public static string ColumnName(string device) => device.Replace('-', '_').Replace('/', '_');

    /// <param name="root">Where to read the machine's files.</param>
    /// <param name="alwaysIncluded">Devices to include although they may be partitions, because a model or swap is on them.</param>
    public static ProbeDiscovery Discover(LinuxRoot root, IEnumerable<string> alwaysIncluded)
    {
        if (DiskStatsFile.TryOpen(root, IsWanted, out var reason) is not { } disks)
            return ProbeDiscovery.Missing("disk", reason);
        if (disks.Devices.Count == 0)
        {
            disks.Dispose();
            return ProbeDiscovery.Missing("disk", "the machine shows no block device");
        }
        var probe = new ColumnProbe("disk", disks) { Intrusion = "reads one file of /proc", Update = disks.Read };
        for (var i = 0; i < disks.Devices.Count; i++)
        {
            var (disk, name) = (i, ColumnName(disks.Devices[i]));
            probe.Counter($"disk_{name}_read_bytes_total", "Bytes read from the device.", () => disks[disk].ReadBytes)
                .Counter($"disk_{name}_reads_total", "Read requests that the device completed.", () => disks[disk].Reads)
                .Counter($"disk_{name}_write_bytes_total", "Bytes written to the device.", () => disks[disk].WriteBytes)
                .Counter($"disk_{name}_writes_total", "Write requests that the device completed.", () => disks[disk].Writes)
                .Counter($"disk_{name}_busy_seconds_total", "Time in which the device had at least one request.",
                    () => disks[disk].BusySeconds)
                .Gauge($"disk_{name}_queue_requests", "Requests given to the device and not completed.", () => disks[disk].QueuedRequests);
        }
        return ProbeDiscovery.Found(probe);

        bool IsWanted(string device) => alwaysIncluded.Contains(ColumnName(device), StringComparer.Ordinal) || IsWholeDisk(root, device);
    }

    // Only whole disks are included: a partition has no entry of its own in /sys/block. Loop devices and RAM disks repeat the traffic of
    // other devices or have none.
    private static bool IsWholeDisk(LinuxRoot root, string device) =>
        Directory.Exists(Path.Combine(root.Sys, "block", device.Replace('/', '!')))
        && !device.StartsWith("loop", StringComparison.Ordinal) && !device.StartsWith("ram", StringComparison.Ordinal)
        && LinuxRoot.ReadNumber(Path.Combine(root.Sys, "block", device.Replace('/', '!'), "size")) is not 0;
}
