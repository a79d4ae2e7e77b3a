using MemoryWall.Core.Telemetry;

namespace MemoryWall.Runs;

/// <summary>What the columns of a telemetry file are.</summary>
internal static class TelemetryColumns
{
    private const string CounterSuffix = "_total";

    /// <summary>A column by its name; where the manifest does not know it, its name alone tells what it is.</summary>
    public static TelemetryColumn FromName(TelemetrySchema? schema, string name) =>
        schema?.Columns.FirstOrDefault(c => c.Name == name)
        ?? new TelemetryColumn(name, name.EndsWith(CounterSuffix, StringComparison.Ordinal) ? MetricKind.Counter : MetricKind.Gauge,
            "unknown", "");

    public static TelemetryTimeline CreateTimeline(IReadOnlyList<TelemetryColumn> columns, TelemetrySchema? schema,
        IReadOnlyList<TelemetrySample> samples, ReadWarningCollector findings) => new()
        {
            Schema = new TelemetrySchema
            {
                Columns = columns,
                Absent = schema?.Absent ?? [],
                Devices = schema?.Devices ?? new Dictionary<string, string>()
            },
            Samples = samples,
            ReadWarnings = findings.ToList(),
        };
}
