using MemoryWall.Machine.Linux;
using MemoryWall.Machine.Probes;
using MemoryWall.Machine.Processes;
using MemoryWall.Machine.Sampling;

namespace MemoryWall.Machine;

/// <summary>Looks for the probes of this machine.</summary>
internal static class PlatformProbes
{
    private static readonly Dictionary<string, string> s_noDevices = [];

    public static (IReadOnlyList<ProbeDiscovery> Discoveries, IReadOnlyDictionary<string, string> Devices) Discover(SamplerOptions options,
        ServerWatch watch)
    {
        if (OperatingSystem.IsLinux())
        {
            var devices = LinuxProbes.FindBlockDevices(LinuxRoot.Machine, options.ModelPath, options.TierFolder);
            return (LinuxProbes.Discover(LinuxRoot.Machine, options, watch, devices), devices);
        }
        if (OperatingSystem.IsWindows())
            return (WindowsProbes.Discover(watch), s_noDevices);
        return OperatingSystem.IsMacOS()
            ? (MacProbes.Discover(watch), s_noDevices)
            : ([ProbeDiscovery.Missing("host", "telemetry supports Linux, Windows and macOS, not this system")], s_noDevices);
    }
}
