using MemoryWall.Core.Telemetry;

namespace MemoryWall.Analysis.Telemetry;

/// <summary>A gauge during a phase.</summary>
/// <param name="Mean">Mean over time: samples of a burst are closer together, and each has less weight.</param>
/// <param name="Peak">Largest sample.</param>
/// <param name="Min">Smallest sample.</param>
/// <param name="Samples">How many there were.</param>
/// <param name="Coverage">Time from the first sample to the last as a share of the phase, 0 to 1; 0 for one sample.</param>
internal sealed record GaugeReading(double Mean, double Peak, double Min, int Samples, double Coverage);

/// <summary>How a counter grew during a phase.</summary>
/// <param name="Delta">From the first sample inside the phase to the last: growth before and after them is missing, so it is a
/// lower bound for the phase.</param>
/// <param name="CoveredTime">The time between those two samples.</param>
/// <param name="Coverage">That time as a share of the phase, 0 to 1.</param>
/// <param name="Samples">How many samples there were, 2 or more.</param>
internal sealed record CounterReading(double Delta, TimeSpan CoveredTime, double Coverage, int Samples)
{
    /// <summary>Growth per second of the covered time.</summary>
    public double PerSecond => Delta / CoveredTime.TotalSeconds;
}

/// <summary>
/// The telemetry of one phase: the samples that are completely inside it. Nothing is interpolated; where there are too few samples,
/// there is no reading.
/// </summary>
internal sealed class PhaseTelemetry
{
    // Readings of background probes are up to two seconds older than their row (see the age columns).
    private static readonly TimeSpan s_maxAge = TimeSpan.FromSeconds(2.5);

    // Sources that are read least often are read once a second.
    private const double MaxStepSeconds = 1;
    private readonly TelemetryTimeline _timeline;
    private readonly int _first;
    private readonly int _end;
    private readonly int? _readSecondsColumn;

    private PhaseTelemetry(TelemetryTimeline timeline, PhaseWindow window)
    {
        _timeline = timeline;
        Window = window;
        _readSecondsColumn = timeline.Schema.IndexOf("sampler_read_seconds");
        _first = FirstAt(window.From.Nanoseconds);
        _end = FirstAt(window.To.Plus(s_maxAge).Nanoseconds + 1);
        var inside = timeline.IsSeenThroughExporter ? FindScrapes() : RowsInside(null).ToList();
        Samples = inside.Count;
        Coverage = inside.Count < 2 ? 0 : timeline.Samples[inside[^1]].At.Since(timeline.Samples[inside[0]].At) / window.Length;
    }

    /// <summary>The phase.</summary>
    public PhaseWindow Window { get; }

    /// <summary>Rows inside the phase; of exporters the scrapes of the one that was read most often.</summary>
    public int Samples { get; }

    /// <summary>Time from the first row inside to the last as a share of the phase, 0 to 1.</summary>
    public double Coverage { get; }

    /// <summary>
    /// Whether processes of the server were watched in it. Where none was (a server on another machine, behind a tunnel, of another user),
    /// this machine's readings are unrelated to the server, and no conclusion is drawn from them.
    /// </summary>
    public bool HasServerProcesses => Gauge("server_processes") is not null;

    /// <summary>The columns of the timeline.</summary>
    public TelemetrySchema Schema => _timeline.Schema;

    /// <summary>Joins a timeline with a phase on the clock.</summary>
    public static PhaseTelemetry Join(TelemetryTimeline timeline, PhaseWindow window) => new(timeline, window);

    /// <summary>Joins a phase with the timeline of a run that has most samples of it; null where none has any.</summary>
    /// <param name="timelines">A run's timelines, one for each time that it was started or resumed.</param>
    /// <param name="window">The phase.</param>
    public static PhaseTelemetry? Join(IReadOnlyList<TelemetryTimeline> timelines, PhaseWindow window) =>
        timelines.Select(stretch => Join(stretch, window)).Where(phase => phase.Samples > 0).MaxBy(phase => phase.Samples);

    /// <summary>A gauge during the phase; null where the column is absent or no sample has a value.</summary>
    public GaugeReading? Gauge(string column)
    {
        if (Schema.IndexOf(column) is not { } index)
            return null;
        var rows = RowsInside(index).ToList();
        if (rows.Count == 0)
            return null;
        var values = rows.ConvertAll(i => _timeline.Samples[i][index]!.Value);
        var age = AgeColumn(index);
        var at = rows.ConvertAll(i => ReadAtSeconds(i, age));
        var weights = Weights(at);
        return new GaugeReading(values.Zip(weights, (value, weight) => value * weight).Sum() / weights.Sum(), values.Max(), values.Min(),
            values.Count, TimeSpan.FromSeconds(at[^1] - at[0]) / Window.Length);
    }

    /// <summary>
    /// A counter during the phase; null where the column is absent, fewer than two samples have a value, the counter was reset within the
    /// phase, or the samples cover less time than the counter resolves (<see cref="CounterResolution"/>).
    /// </summary>
    public CounterReading? Counter(string column)
    {
        if (Schema.IndexOf(column) is not { } index)
            return null;
        var rows = RowsInside(index).ToList();
        if (rows.Count < 2)
            return null;
        for (var i = 1; i < rows.Count; i++)
        {
            if (_timeline.Samples[rows[i]][index] < _timeline.Samples[rows[i - 1]][index])
                return null;
        }
        var age = AgeColumn(index);
        var covered = TimeSpan.FromSeconds(ReadAtSeconds(rows[^1], age) - ReadAtSeconds(rows[0], age));
        return covered <= TimeSpan.Zero || covered < CounterResolution.MinCoveredTime(column)
            ? null
            : new CounterReading(_timeline.Samples[rows[^1]][index]!.Value - _timeline.Samples[rows[0]][index]!.Value, covered,
                covered / Window.Length, rows.Count);
    }

    /// <summary>Growth per second of a counter; null as for <see cref="Counter"/>.</summary>
    public double? Rate(string column) => Counter(column)?.PerSecond;

    // The weight of a sample is the time half way to its neighbours; the first and the last get as much on their outer side. Next to a gap
    // it is at most half a second, because the time in a gap is unknown.
    private static double[] Weights(List<double> at)
    {
        var weights = new double[at.Count];
        for (var i = 0; i < weights.Length; i++)
        {
            double? before = i > 0 ? Math.Min(at[i] - at[i - 1], MaxStepSeconds) : null;
            double? after = i + 1 < weights.Length ? Math.Min(at[i + 1] - at[i], MaxStepSeconds) : null;
            weights[i] = (before ?? after ?? 1) + (after ?? before ?? 1);
        }
        // Readings of the same moment have equal weights.
        if (weights.Sum() <= 0)
            Array.Fill(weights, 1);
        return weights;
    }

    private List<int> FindScrapes() => Schema.Columns.Select((column, index) => (column.Name, index))
        .Where(column => column.Name.EndsWith("_scrape_seconds", StringComparison.Ordinal))
        .Select(column => RowsInside(column.index).ToList()).MaxBy(rows => rows.Count) ?? [];

    // Rows that have a value of the column and were read inside the phase from their first reading to their last.
    private IEnumerable<int> RowsInside(int? column)
    {
        var age = column is { } of ? AgeColumn(of) : null;
        for (var i = _first; i < _end; i++)
        {
            var row = _timeline.Samples[i];
            if (column is { } index && row[index] is null)
                continue;
            var read = ReadAtSeconds(i, age);
            var last = age is not null ? read : read + (_readSecondsColumn is { } spread ? row[spread] ?? 0 : 0);
            if (read >= Window.From.Seconds && last <= Window.To.Seconds)
                yield return i;
        }
    }

    // When a value was read: the row's timestamp, less the reading's age where a background probe read it.
    private double ReadAtSeconds(int row, int? ageColumn)
    {
        var sample = _timeline.Samples[row];
        return sample.At.Seconds - (ageColumn is { } age ? sample[age] ?? 0 : 0);
    }

    // The column with the age of a background probe's readings; null for columns that are read with their row.
    private int? AgeColumn(int column) => Schema.IndexOf($"{Schema.Columns[column].Source}_age_seconds");

    // The first row at or after a point.
    private int FirstAt(long nanoseconds)
    {
        var (low, high) = (0, _timeline.Samples.Count);
        while (low < high)
        {
            var middle = low + (high - low) / 2;
            if (_timeline.Samples[middle].At.Nanoseconds < nanoseconds)
                low = middle + 1;
            else
                high = middle;
        }
        return low;
    }
}
