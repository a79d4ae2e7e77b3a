using System.Net;
using System.Net.NetworkInformation;

namespace MemoryWall.Sweeps;

/// <summary>Whether an address is one of this machine's.</summary>
internal static class LocalMachine
{
    /// <summary>True for loopback, for this machine's name and for the addresses of its interfaces; other names are not looked
    /// up.</summary>
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
            // A system that does not list them: loopback and the name are left.
            return [];
        }
    }
}
