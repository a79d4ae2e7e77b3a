using MemoryWall.Core.Telemetry;
using MemoryWall.Runs.Files;

namespace MemoryWall.Runs.Telemetry;

/// <summary>The columns of a telemetry file.</summary>
internal static class TelemetryColumns
{
    private const string CounterSuffix = "_total";

    /// <summary>The column of a name. Where the manifest does not list it, the name alone decides what it is.</summary>
    public static TelemetryColumn FromName(TelemetrySchema? schema, string name) =>
        schema?.Columns.FirstOrDefault(c => c.Name == name)
        ?? new TelemetryColumn(name, name.EndsWith(CounterSuffix, StringComparison.Ordinal) ? MetricKind.Counter : MetricKind.Gauge,
            "unknown", "");

    public static TelemetryTimeline CreateTimeline(IReadOnlyList<TelemetryColumn> columns, TelemetrySchema? schema,
        IReadOnlyList<TelemetrySample> samples, ReadWarningCollector warnings) => new()
        {
            Schema = new TelemetrySchema
            {
                Columns = columns,
                Absent = schema?.Absent ?? [],
                Devices = schema?.Devices ?? new Dictionary<string, string>(),
                Exporters = schema?.Exporters,
            },
            Samples = samples,
            ReadWarnings = warnings.ToList(),
        };
}
