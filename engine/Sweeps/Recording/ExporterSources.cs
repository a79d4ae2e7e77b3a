using MemoryWall.Core.Telemetry;
using MemoryWall.Machine.Probes;
using MemoryWall.Targets.Exporters;

namespace MemoryWall.Sweeps.Recording;

/// <summary>The exporters of a run, as sources of its telemetry.</summary>
/// <param name="Sources">A probe for each exporter that answered, and the reason for each other.</param>
/// <param name="Found">Those that answered.</param>
internal sealed record ExporterSources(IReadOnlyList<ProbeDiscovery> Sources, IReadOnlyList<DiscoveredExporter> Found)
{
    /// <summary>None.</summary>
    public static ExporterSources None { get; } = new([], []);

    /// <summary>What the run's manifest says about them; null for none.</summary>
    public IReadOnlyList<TelemetryExporter>? Described => Found.Count == 0
        ? null
        : [.. Found.Select(exporter => new TelemetryExporter(exporter.Prefix, exporter.Source, exporter.Address.ToString()))];

    /// <summary>Those that are read.</summary>
    public IEnumerable<ExporterProbe> Probes => Sources.Select(source => source.Probe).OfType<ExporterProbe>();
}
