using MemoryWall.Core.Telemetry;
using MemoryWall.Targets.Http;

namespace MemoryWall.Targets.Exporters;

/// <summary>A reading of an exporter under the name that this machine's reading of the same meaning has.</summary>
/// <param name="Kind">Gauge or counter.</param>
/// <param name="Name">The name of this machine's column.</param>
/// <param name="Metric">What the value is computed from, in the exporter's names.</param>
/// <param name="Read">The value on a page; null or not finite where it is absent.</param>
internal sealed record ExporterColumn(MetricKind Kind, string Name, string Metric, Func<MetricPage, double?> Read)
{
    public static ExporterColumn Gauge(string name, string metric, Func<MetricPage, double?> read) =>
        new(MetricKind.Gauge, name, metric, read);

    public static ExporterColumn Counter(string name, string metric, Func<MetricPage, double?> read) =>
        new(MetricKind.Counter, name, metric, read);

    /// <summary>Whether a label is the number of a device or a processor, and can be a part of a column's name.</summary>
    public static bool IsNumber(string label) => label.Length is > 0 and <= 5 && label.All(char.IsAsciiDigit);

    /// <summary>The finite value on a page; NaN where it is absent.</summary>
    public double ReadFinite(MetricPage page) => Read(page) is { } value && double.IsFinite(value) ? value : double.NaN;
}
