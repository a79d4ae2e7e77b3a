using MemoryWall.Core.Telemetry;

namespace MemoryWall.Machine.Probes;

/// <summary>What reading a probe costs, which decides where and how often it is read.</summary>
internal enum ProbeCost
{
    /// <summary>Some ten microseconds: read with every sample.</summary>
    Light,

    /// <summary>Up to about a millisecond: read with one sample a second.</summary>
    Heavy,

    /// <summary>May block on a driver, a bus or the locks of another process: read on a thread of its own.</summary>
    Blocking,
}

/// <summary>Reads one source. It exists only where the source is available; otherwise there is an
/// <see cref="UnavailableSource"/>.</summary>
internal interface IProbe : IDisposable
{
    /// <summary>Its name in the manifest.</summary>
    string Name { get; }

    /// <summary>What a reading costs.</summary>
    ProbeCost Cost { get; }

    /// <summary>The shortest time between two readings.</summary>
    TimeSpan Period => Cost == ProbeCost.Light ? TimeSpan.Zero : TimeSpan.FromSeconds(1);

    /// <summary>What a reading does to the machine or to the server under test, for users.</summary>
    string Intrusion { get; }

    /// <summary>The columns that it fills; they never change.</summary>
    IReadOnlyList<TelemetryColumn> Columns { get; }

    /// <summary>
    /// Reads now. Never throws, and on Linux allocates nothing in steady state.
    /// </summary>
    /// <param name="row">One number for each of <see cref="Columns"/>, NaN on entry. What cannot be read stays NaN.</param>
    void Read(Span<double> row);
}
