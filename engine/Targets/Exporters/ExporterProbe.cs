using MemoryWall.Core.Telemetry;
using MemoryWall.Core.Time;
using MemoryWall.Machine.Probes;
using MemoryWall.Targets.Http;

namespace MemoryWall.Targets.Exporters;

/// <summary>
/// Reads an exporter once a second, on a thread of its own. A scrape that fails, is late, or brings the page of the last one again leaves
/// every column absent for that second.
/// </summary>
internal sealed class ExporterProbe : IProbe
{
    // The first reading may follow the one that found the columns by less than a second.
    private static readonly TimeSpan s_minPeriod = TimeSpan.FromSeconds(0.9);
    private readonly Lock _gate = new();
    private readonly CancellationTokenSource _stop = new();
    private readonly DiscoveredExporter _exporter;
    private readonly HttpAccess _access;
    private readonly Func<bool> _isMeasured;
    private readonly List<ExporterColumn> _mapped;
    private readonly int? _offsetColumn;
    private ExporterScrape _last;
    private Instant _lastSent;
    private ClockOffset? _clock;
    private string? _failure;
    private int _scrapes;
    private int _failures;
    private int _repeats;

    /// <param name="exporter">The exporter as it was found.</param>
    /// <param name="access">Its server, with the run's clock.</param>
    /// <param name="isMeasured">Whether the target is measured now: of several systems in turn one is, and the exporter is read for it
    /// alone.</param>
    public ExporterProbe(DiscoveredExporter exporter, HttpAccess access, Func<bool> isMeasured)
    {
        (_exporter, _access, _isMeasured) = (exporter, access, isMeasured);
        _last = exporter.First;
        _lastSent = exporter.First.Sent ?? access.Clock.Now;
        _mapped = [.. exporter.Columns];
        var columns = _mapped.Select(column => new TelemetryColumn(exporter.Prefix + column.Name, column.Kind, exporter.Source,
            $"As {column.Name}, for the exporter's machine: {column.Metric}.")).ToList();
        columns.Add(new($"{exporter.Source}_scrape_seconds", MetricKind.Gauge, exporter.Source,
            "Time from the request to the end of the page. A value was read by the exporter at some moment of it."));
        if (ClockOffset.Estimate(exporter.First, access.Clock) is not null)
        {
            _offsetColumn = columns.Count;
            columns.Add(new($"{exporter.Source}_clock_offset_seconds", MetricKind.Gauge, exporter.Source,
                exporter.First.Page!.Sum(NodeColumns.TimeMetric) is not null
                    ? $"By how much the exporter's clock is ahead, by {NodeColumns.TimeMetric}; wrong by half of the scrape at most."
                    : "By how much the exporter's clock is ahead, by the HTTP Date header in whole seconds; wrong by 0.5 s and half of the "
                        + "scrape at most."));
        }
        Columns = columns;
    }

    public string Name => _exporter.Source;

    public ProbeCost Cost => ProbeCost.Blocking;

    public string Intrusion => $"requests {_exporter.Address} once a second";

    public IReadOnlyList<TelemetryColumn> Columns { get; }

    public void Read(Span<double> row)
    {
        var started = _access.Clock.Now;
        if (!_isMeasured() || started.Since(_lastSent) < s_minPeriod || _stop.IsCancellationRequested)
            return;
        _lastSent = started;
        try
        {
            // A thread of its own waits, which has nothing else to do.
            var scrape = ExporterScrape.RequestAsync(_access, _exporter.Address.Path, _stop.Token).GetAwaiter().GetResult();
            if (!Accept(scrape))
                return;
            for (var i = 0; i < _mapped.Count; i++)
                row[i] = _mapped[i].ReadFinite(scrape.Page!);
            row[_mapped.Count] = _access.Clock.Now.Since(started).TotalSeconds;
            if (_offsetColumn is { } place)
                row[place] = ClockOffset.Estimate(scrape, _access.Clock)?.Seconds ?? double.NaN;
        }
        catch (OperationCanceledException) when (_stop.IsCancellationRequested)
        {
            // Sampling ended.
        }
    }

    /// <summary>How reading went, in one sentence.</summary>
    public string Describe()
    {
        lock (_gate)
        {
            var failed = _failures == 0 ? "" : FormattableString.Invariant($", {_failures} of them failed (last: {_failure})");
            var repeated = _repeats == 0
                ? ""
                : FormattableString.Invariant($", {_repeats} brought the same readings again and count as none");
            return $"{_exporter.Title} at {_exporter.Address}: "
                + FormattableString.Invariant($"{_scrapes} scrapes, at most one a second{failed}")
                + $"{repeated}; {ClockOffset.Describe(_clock)}";
        }
    }

    /// <summary>Whether some scrapes gave no readings.</summary>
    public bool HasGaps
    {
        get
        {
            lock (_gate)
                return _failures + _repeats > 0;
        }
    }

    public void Dispose() => _stop.Cancel();

    // Counts a scrape; false where it has no new readings.
    private bool Accept(ExporterScrape scrape)
    {
        lock (_gate)
        {
            _scrapes++;
            if (scrape.Page is not { } page)
            {
                _failures++;
                _failure = scrape.Problem;
                return false;
            }
            // The offset with the smallest error is the best.
            if (ClockOffset.Estimate(scrape, _access.Clock) is { } offset && !(offset.ErrorSeconds >= _clock?.ErrorSeconds))
                _clock = offset;
            var isRepeated = (_exporter.RepeatsItsPage && scrape.Text == _last.Text)
                || (page.LatestTimestamp is { } stamp && stamp <= _last.Page?.LatestTimestamp);
            _last = scrape;
            _repeats += isRepeated ? 1 : 0;
            return !isRepeated;
        }
    }
}
