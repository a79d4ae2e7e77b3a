using MemoryWall.Machine.Linux;

namespace MemoryWall.Machine.Probes.Linux;

/// <summary>Bytes over the network. Loopback is separate, since the tests' own traffic runs over it.</summary>
internal static class NetworkProbe
{
    public static ProbeDiscovery Discover(LinuxRoot root)
    {
        if (NetworkDevicesFile.TryOpen(root, out var reason) is not { } network)
            return ProbeDiscovery.Missing("network", reason);
        return ProbeDiscovery.Found(new ColumnProbe("network", network) { Intrusion = "reads one file of /proc", Update = network.Read }
            .Counter("network_received_bytes_total", "Bytes received on all interfaces except loopback.", () => network.ReceivedBytes)
            .Counter("network_sent_bytes_total", "Bytes sent on all interfaces except loopback.", () => network.SentBytes)
            .Counter("loopback_bytes_total", "Bytes sent on loopback.", () => network.LoopbackBytes));
    }
}
