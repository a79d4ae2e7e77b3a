using MemoryWall.Core.Telemetry;
using MemoryWall.Core.Time;
using MemoryWall.Machine.Probes;

namespace MemoryWall.Machine.Sampling;

/// <summary>The probes of one sampler, laid out in one row: those read with every sample, those read now and then, those read
/// beside.</summary>
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
                var beside = new BackgroundProbe(probe, clock);
                _backgroundProbes.Add((beside, offset, beside.Columns.Count));
                _columns.AddRange(beside.Columns);
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

    /// <summary>Why the first of the probes that are read beside was given up; null where all are read.</summary>
    public string? Failure => _backgroundProbes.Select(entry => entry.Probe.Failure).FirstOrDefault(failure => failure is not null);

    /// <summary>Starts the threads of the probes that are read beside.</summary>
    public void Start()
    {
        foreach (var (probe, _, _) in _backgroundProbes)
            probe.Start();
    }

    /// <summary>Fills a row; absent values stay NaN.</summary>
    public void Read(Span<double> row, Instant now)
    {
        foreach (var (probe, offset, count) in _light)
            probe.Read(row.Slice(offset, count));
        foreach (var rare in _heavy)
        {
            if (now.CompareTo(rare.Due) < 0)
                continue;
            rare.Due = now.Plus(rare.Probe.Period);
            rare.Probe.Read(row.Slice(rare.Offset, rare.Probe.Columns.Count));
            // One heavy probe in one sample, so that they do not add up to a hiccup.
            break;
        }
        foreach (var (probe, offset, count) in _backgroundProbes)
            probe.WriteUnread(row.Slice(offset, count), now);
    }

    public void Dispose()
    {
        foreach (var (probe, _, _) in _light)
            probe.Dispose();
        foreach (var rare in _heavy)
            rare.Probe.Dispose();
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
