using MemoryWall.Analysis.Telemetry;
using MemoryWall.Core.Facts;
using MemoryWall.Core.Telemetry;
using MemoryWall.Core.Time;
using MemoryWall.Core.Trials;

namespace MemoryWall.Engine.Tests.Analysis;

/// <summary>Makes timelines from rates: each column as a function of time in seconds.</summary>
internal static class Timelines
{
    public static readonly MachineFacts TwoCores = new()
    {
        OperatingSystem = "test",
        Architecture = "X64",
        AvailableCores = 2,
        LogicalCores = 2
    };

    /// <summary>A timeline that watches one process of the server, unless its columns say otherwise.</summary>
    public static TelemetryTimeline Create(double seconds, double hertz, params (string Name, Func<double, double?> Value)[] columns)
    {
        if (columns.All(column => column.Name != "server_processes"))
            columns = [.. columns, Level("server_processes", 1)];
        return new()
        {
            Schema = new TelemetrySchema
            {
                Columns = [
                    .. columns.Select(
                        c => new TelemetryColumn(c.Name,
                            c.Name.EndsWith("_total", StringComparison.Ordinal) ? MetricKind.Counter : MetricKind.Gauge, Source(c.Name),
                            ""))],
                Devices = new Dictionary<string, string> { ["model"] = "vda" },
            },
            Samples = [.. Enumerable.Range(0, (int)(seconds * hertz)).Select(i => Row(i / hertz, columns))],
        };
    }

    /// <summary>The columns of a machine on which no process of the server is watched.</summary>
    public static (string, Func<double, double?>) NoServer => ("server_processes", _ => null);

    public static PhaseTelemetry Whole(double seconds, params (string Name, Func<double, double?> Value)[] columns) =>
        PhaseTelemetry.Join(Create(seconds, 10, columns), Window(0, seconds));

    public static PhaseWindow Window(double from, double to) =>
        new(Phase.Generation, Instant.FromSeconds(from), Instant.FromSeconds(to), true);

    /// <summary>A counter that grows at this rate.</summary>
    public static (string, Func<double, double?>) Rate(string name, double perSecond) => (name, t => t * perSecond);

    public static (string, Func<double, double?>) Level(string name, double value) => (name, _ => value);

    private static TelemetrySample Row(double at, (string Name, Func<double, double?> Value)[] columns) =>
        new(Instant.FromSeconds(at), [.. columns.Select(c => c.Value(at))]);

    private static string Source(string name) =>
        name.StartsWith("gpu", StringComparison.Ordinal) || name.StartsWith("nvml", StringComparison.Ordinal) ? "nvml" : "host";
}
