using MemoryWall.Analysis;
using MemoryWall.Analysis.Reports;
using MemoryWall.Analysis.Review;
using MemoryWall.Audit;
using MemoryWall.Models.Forecast;
using MemoryWall.Runs.Schema;

namespace MemoryWall.Reporting.Schema;

/// <summary>All tables whose columns are declared in the engine. Columns of telemetry depend on the machine and are not among
/// them.</summary>
internal static class SchemaTables
{
    public static IReadOnlyList<SchemaTable> All { get; } =
    [
        new("trials.csv", TrialSchema.Columns),
        new("tokens.csv", TokenSchema.Columns),
        new("events.jsonl", EventSchema.Fields),
        new("run.json", ManifestSchema.Fields),
        new("rates", TrialViewSchema.Derived),
        new("Frame.Contexts", ContextSchema.Columns),
        new("Frame.Comparison", ComparisonSchema.Columns),
        new("Frame.Forecast", ForecastSchema.Columns),
        new("Frame.Audited", AuditSchema.Columns),
    ];
}
