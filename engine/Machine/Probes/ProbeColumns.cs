using MemoryWall.Core.Telemetry;

namespace MemoryWall.Machine.Probes;

/// <summary>Builds a probe's list of columns and hands out their places.</summary>
internal sealed class ProbeColumns(string source)
{
    private readonly List<TelemetryColumn> _columns = [];

    public IReadOnlyList<TelemetryColumn> All => _columns;

    public int AddGauge(string name, string meaning) => Add(name, MetricKind.Gauge, meaning);

    public int AddCounter(string name, string meaning) => Add(name, MetricKind.Counter, meaning);

    private int Add(string name, MetricKind kind, string meaning)
    {
        _columns.Add(new TelemetryColumn(name, kind, source, meaning));
        return _columns.Count - 1;
    }
}
