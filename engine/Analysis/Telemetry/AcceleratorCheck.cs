using MemoryWall.Analysis.Rules;
using MemoryWall.Core.Telemetry;
using MemoryWall.Core.Trials;

namespace MemoryWall.Analysis.Telemetry;

/// <summary>Whether an accelerator computed a phase, wholly or in part.</summary>
internal static class AcceleratorCheck
{
    /// <summary>The columns of one kind, of all accelerators of the machine; those of exporters are another machine's.</summary>
    public static IEnumerable<string> Columns(TelemetrySchema schema, string suffix) =>
        schema.Columns.Select(column => column.Name)
            .Where(name => name.Contains("gpu", StringComparison.Ordinal) && name.EndsWith(suffix, StringComparison.Ordinal)
                && !ExporterView.IsExporter(name));

    /// <summary>Whether the server reports memory on an accelerator, its processes have memory there, or an accelerator was busy in the
    /// phase.</summary>
    public static bool WasUsed(Trial trial, PhaseTelemetry phase, PhaseRules rules) =>
        trial.AcceleratorBytes > 0
        || Columns(phase.Schema, "_server_memory_bytes").Any(column => phase.Gauge(column)?.Peak > 0)
        || Columns(phase.Schema, "_utilization_ratio").Any(column => phase.Gauge(column)?.Mean >= rules.GpuInUse);
}
