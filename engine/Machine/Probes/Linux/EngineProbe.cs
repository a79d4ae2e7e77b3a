using MemoryWall.Core.Telemetry;
using MemoryWall.Machine.Linux;
using MemoryWall.Machine.Processes;
using MemoryWall.Machine.Processes.Linux;

namespace MemoryWall.Machine.Probes.Linux;

/// <summary>What the engine itself uses, so that it is not taken for a neighbour.</summary>
internal sealed class EngineProbe : IProbe
{
    private readonly LinuxProcessReader _files;
    private readonly ProbeColumns _columns = new("engine");
    private readonly double[] _usage = new double[ProcessColumn.FieldCount];

    private EngineProbe(LinuxProcessReader files)
    {
        _files = files;
        _columns.AddCounter("engine_cpu_seconds_total", "CPU time of the engine's own process, the sampler included (in steps of 10 ms).");
        _columns.AddGauge("engine_rss_bytes", "Resident memory of the engine's own process.");
    }

    public string Name => "engine";

    public ProbeCost Cost => ProbeCost.Light;

    public string Intrusion => "reads three files of /proc";

    public IReadOnlyList<TelemetryColumn> Columns => _columns.All;

    public static ProbeDiscovery Discover(LinuxRoot root) =>
        LinuxProcessReader.TryOpen(root, Environment.ProcessId) is { } files
            ? ProbeDiscovery.Found(new EngineProbe(files))
            : ProbeDiscovery.Missing("engine", $"{root.Proc} does not show this process");

    public void Read(Span<double> row)
    {
        _usage.AsSpan().Fill(double.NaN);
        if (!_files.Read(_usage))
            return;
        row[0] = _usage[(int)ProcessField.UserSeconds] + _usage[(int)ProcessField.SystemSeconds];
        row[1] = _usage[(int)ProcessField.RssBytes];
    }

    public void Dispose() => _files.Dispose();
}
