namespace MemoryWall.Machine.Probes.Windows;

/// <summary>Opens the sensor library where this build has it.</summary>
internal static partial class SensorSources
{
    /// <summary>What makes sensors available.</summary>
    public const string Remedy =
        "build on Windows, or with -p:WithLibreHardwareMonitor=true; run as administrator with the PawnIO driver installed (pawnio.eu), "
        + "which LibreHardwareMonitorLib uses since 0.9.5 in place of WinRing0, a driver that Windows Defender blocks (CVE-2020-14979)";

    /// <summary>The library, or why there is none.</summary>
    public static ISensorSource? TryOpen(out string reason)
    {
        ISensorSource? source = null;
        reason = "this build does not include LibreHardwareMonitorLib";
        Open(ref source, ref reason);
        return source;
    }

    static partial void Open(ref ISensorSource? source, ref string reason);
}
