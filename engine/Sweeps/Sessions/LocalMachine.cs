using System.Net;
using System.Net.NetworkInformation;

namespace MemoryWall.Sweeps.Sessions;

/// <summary>Whether an address belongs to this machine.</summary>
internal static class LocalMachine
{
    /// <summary>True for loopback, this machine's name and the addresses of its interfaces; other names are not resolved.</summary>
    public static bool IsLocalEndpoint(Uri endpoint) =>
        endpoint.IsLoopback
        || string.Equals(endpoint.Host, Environment.MachineName, StringComparison.OrdinalIgnoreCase)
        || (IPAddress.TryParse(endpoint.Host.Trim('[', ']'), out var address) && Addresses().Contains(address));

    private static IEnumerable<IPAddress> Addresses()
    {
        try
        {
            return [.. NetworkInterface.GetAllNetworkInterfaces().SelectMany(card => card.GetIPProperties().UnicastAddresses)
                .Select(entry => entry.Address)];
        }
        catch (NetworkInformationException)
        {
            // The system does not list its interfaces: loopback and the machine's name remain.
            return [];
        }
    }
}
