using MemoryWall.Core.Telemetry;
using MemoryWall.Core.Time;
using MemoryWall.Machine.Probes;

namespace MemoryWall.Machine.Sampling;

/// <summary>The probes of one sampler and their places in one row: light probes are read with every sample, heavy ones periodically,
/// blocking ones on background threads.</summary>
internal sealed class ProbeSet : IDisposable
{
    private readonly List<(IProbe Probe, int Offset, int Count)> _light = [];
    private readonly List<PeriodicProbe> _heavy = [];
    private readonly List<(BackgroundProbe Probe, int Offset, int Count)> _backgroundProbes = [];
    private readonly List<TelemetryColumn> _columns = [];

    public ProbeSet(IEnumerable<IProbe> probes, RunClock clock)
    {
        foreach (var probe in probes)
        {
            var offset = _columns.Count;
            if (probe.Cost == ProbeCost.Blocking)
            {
                var background = new BackgroundProbe(probe, clock);
                _backgroundProbes.Add((background, offset, background.Columns.Count));
                _columns.AddRange(background.Columns);
                continue;
            }
            if (probe.Cost == ProbeCost.Light)
                _light.Add((probe, offset, probe.Columns.Count));
            else
                _heavy.Add(new PeriodicProbe(probe, offset));
            _columns.AddRange(probe.Columns);
        }
    }

    public IReadOnlyList<TelemetryColumn> Columns => _columns;

    /// <summary>Why the first background probe that failed is no longer read; null where all are read.</summary>
    public string? Failure => _backgroundProbes.Select(entry => entry.Probe.Failure).FirstOrDefault(failure => failure is not null);

    /// <summary>Starts the threads of the background probes.</summary>
    public void Start()
    {
        foreach (var (probe, _, _) in _backgroundProbes)
            probe.Start();
    }

    /// <summary>Reads the probes that are due into a row; absent values stay NaN.</summary>
    public void Read(Span<double> row, Instant now)
    {
        foreach (var (probe, offset, count) in _light)
            probe.Read(row.Slice(offset, count));
        foreach (var periodic in _heavy)
        {
            if (now.CompareTo(periodic.Due) < 0)
                continue;
            periodic.Due = now.Plus(periodic.Probe.Period);
            periodic.Probe.Read(row.Slice(periodic.Offset, periodic.Probe.Columns.Count));
            // At most one heavy probe in one sample, so that their delays do not add up.
            break;
        }
        foreach (var (probe, offset, count) in _backgroundProbes)
            probe.WriteUnread(row.Slice(offset, count), now);
    }

    public void Dispose()
    {
        foreach (var (probe, _, _) in _light)
            probe.Dispose();
        foreach (var periodic in _heavy)
            periodic.Probe.Dispose();
        foreach (var (probe, _, _) in _backgroundProbes)
            probe.Dispose();
    }

    private sealed class PeriodicProbe(IProbe probe, int offset)
    {
        public IProbe Probe { get; } = probe;

        public int Offset { get; } = offset;

        public Instant Due { get; set; }
    }
}
