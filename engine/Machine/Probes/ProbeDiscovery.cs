using MemoryWall.Core.Telemetry;

namespace MemoryWall.Machine.Probes;

/// <summary>The result of looking for a source: a probe, or the reason why there is none.</summary>
internal sealed record ProbeDiscovery(string Name, IProbe? Probe, UnavailableSource? Absent)
{
    public static ProbeDiscovery Found(IProbe probe) => new(probe.Name, probe, null);

    /// <summary>Looks for a source that needs a library of the system. Such a library may fail in ways of its own: an exception becomes the
    /// reason of an absent source.</summary>
    public static ProbeDiscovery Try(string name, Func<ProbeDiscovery> discover)
    {
        try
        {
            return discover();
        }
        catch (Exception e) when (e is not OutOfMemoryException)
        {
            return Missing(name, $"it could not be started: {e.GetType().Name}: {e.Message}");
        }
    }

    public static ProbeDiscovery Missing(string name, string reason, string? remedy = null) =>
        new(name, null, new UnavailableSource(name, reason, remedy));
}
