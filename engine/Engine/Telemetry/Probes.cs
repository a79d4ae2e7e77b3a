using MemoryWall.Telemetry.Linux;
using MemoryWall.Telemetry.Mac;
using MemoryWall.Telemetry.Windows;

namespace MemoryWall.Telemetry;

/// <summary>Looks for the sources of this machine.</summary>
internal static class Probes
{
    private static readonly Dictionary<string, string> NoDevices = [];

    public static (IReadOnlyList<ProbeOffer> Offers, IReadOnlyDictionary<string, string> Devices) Offer(SamplerOptions options, ServerWatch watch)
    {
        if (OperatingSystem.IsLinux())
        {
            var devices = LinuxProbes.Devices(LinuxRoot.Machine, options.ModelPath);
            return (LinuxProbes.Offer(LinuxRoot.Machine, options, watch, devices), devices);
        }
        if (OperatingSystem.IsWindows())
            return (WindowsProbes.Offer(watch), NoDevices);
        return OperatingSystem.IsMacOS()
            ? (MacProbes.Offer(watch), NoDevices)
            : ([ProbeOffer.Missing("host", "telemetry knows Linux, Windows and macOS, not this system")], NoDevices);
    }
}
