using MemoryWall.Core.Telemetry;

namespace MemoryWall.Machine.Probes;

/// <summary>What reading a probe costs, which decides where and how often it is read.</summary>
internal enum ProbeCost
{
    /// <summary>Some ten microseconds: read with every sample.</summary>
    Light,

    /// <summary>Up to a millisecond or so: read with one sample a second.</summary>
    Heavy,

    /// <summary>May block on a driver, a bus or another process' locks: read on a thread of its own.</summary>
    Blocking,
}

/// <summary>Reads one source. Made only where the source is there; a source that is not is an <see cref="UnavailableSource"/>.</summary>
internal interface IProbe : IDisposable
{
    /// <summary>Its name in the manifest.</summary>
    string Name { get; }

    /// <summary>What it costs.</summary>
    ProbeCost Cost { get; }

    /// <summary>The shortest time between two readings.</summary>
    TimeSpan Period => Cost == ProbeCost.Light ? TimeSpan.Zero : TimeSpan.FromSeconds(1);

    /// <summary>What it does to the machine or to the server under test, in words.</summary>
    string Intrusion { get; }

    /// <summary>The columns that it fills, fixed for its life.</summary>
    IReadOnlyList<TelemetryColumn> Columns { get; }

    /// <summary>
    /// Reads now. Never throws, and on Linux never allocates in steady state.
    /// </summary>
    /// <param name="row">One number for each of <see cref="Columns"/>, NaN on entry; what cannot be read stays NaN.</param>
    void Read(Span<double> row);
}

/// <summary>What came of looking for a source: a probe or the reason why there is none.</summary>
internal sealed record ProbeDiscovery(string Name, IProbe? Probe, UnavailableSource? Absent)
{
    public static ProbeDiscovery Found(IProbe probe) => new(probe.Name, probe, null);

    /// <summary>An offer whose making rests on a library of the system that may fail in ways of its own: what it throws is the reason of an
    /// absent source.</summary>
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
