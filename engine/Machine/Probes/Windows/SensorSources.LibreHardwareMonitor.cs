namespace MemoryWall.Machine.Probes.Windows;

/// <summary>Compiled only where LibreHardwareMonitorLib is referenced.</summary>
internal static partial class SensorSources
{
    static partial void Open(ref ISensorSource? source, ref string reason)
    {
        try
        {
            source = new LibreHardwareMonitorSource();
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            reason = $"LibreHardwareMonitorLib did not start: {e.Message}";
        }
    }
}
