namespace MemoryWall.Machine.Probes.Windows;

/// <summary>A sensor of a library that reads the machine's hardware.</summary>
/// <param name="Hardware">The device's name.</param>
/// <param name="Name">The sensor's name.</param>
/// <param name="Kind">What it measures, in the library's word: <c>Temperature</c>, <c>Load</c>, <c>Power</c>, <c>Clock</c>, …</param>
/// <param name="Read">Its last value, in the library's unit; null where it has none.</param>
internal sealed record Sensor(string Hardware, string Name, string Kind, Func<float?> Read);

/// <summary>A library that reads the machine's hardware.</summary>
internal interface ISensorSource : IDisposable
{
    /// <summary>The sensors, always in the same order.</summary>
    IReadOnlyList<Sensor> Sensors { get; }

    /// <summary>Reads new values from all devices. May block for a tenth of a second.</summary>
    void Update();
}
