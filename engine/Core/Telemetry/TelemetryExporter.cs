namespace MemoryWall.Core.Telemetry;

/// <summary>An exporter in Prometheus' text format that is read in addition to this machine.</summary>
/// <param name="Prefix">How the names of its columns begin: <c>exporter_</c>, or <c>exporter2_</c>, … where another exporter has the same
/// columns. What follows is the name that this machine's column of the same meaning has.</param>
/// <param name="Source">The source of its columns, for example <c>exporter_node</c>.</param>
/// <param name="Address">The address of its page, without credentials.</param>
public sealed record TelemetryExporter(string Prefix, string Source, string Address);
