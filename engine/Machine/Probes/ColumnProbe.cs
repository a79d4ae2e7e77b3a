using MemoryWall.Core.Telemetry;

namespace MemoryWall.Machine.Probes;

/// <summary>
/// A probe as a list of columns: one line declares a column's name, its meaning and how to read it. Reading allocates nothing as long as
/// <see cref="Update"/> and the columns' readers do not.
/// </summary>
/// <param name="name">The probe's name, the source of its columns.</param>
/// <param name="resources">Open files and libraries that the probe disposes of.</param>
internal sealed class ColumnProbe(string name, params IReadOnlyList<IDisposable> resources) : IProbe
{
    private readonly List<IDisposable> _resources = [.. resources];
    private readonly List<TelemetryColumn> _columns = [];
    private readonly List<Func<double?>> _readers = [];

    public string Name => name;

    public ProbeCost Cost { get; init; }

    /// <summary>The shortest time between two readings; by default every sample for a light probe and a second for others.</summary>
    public TimeSpan Period
    {
        get => field > TimeSpan.Zero || Cost == ProbeCost.Light ? field : TimeSpan.FromSeconds(1);
        init;
    }

    public required string Intrusion { get; init; }

    /// <summary>Reads the source before the columns take their values from it; null where each column reads by itself.</summary>
    public Action? Update { get; init; }

    public IReadOnlyList<TelemetryColumn> Columns => _columns;

    /// <summary>Adds a column for a state at one moment.</summary>
    /// <param name="column">The column's name with its unit.</param>
    /// <param name="meaning">What it is, in one sentence.</param>
    /// <param name="read">The value now; null or NaN where it is absent.</param>
    public ColumnProbe Gauge(string column, string meaning, Func<double?> read) => Add(MetricKind.Gauge, column, meaning, read);

    /// <summary>Adds a column for a sum that only grows.</summary>
    /// <param name="column">The column's name with its unit; ends in <c>_total</c>.</param>
    /// <param name="meaning">What it is, in one sentence.</param>
    /// <param name="read">The value now; null or NaN where it is absent.</param>
    public ColumnProbe Counter(string column, string meaning, Func<double?> read) => Add(MetricKind.Counter, column, meaning, read);

    /// <summary>Gives the probe one more resource to dispose of.</summary>
    public void Own(IDisposable resource) => _resources.Add(resource);

    public void Read(Span<double> row)
    {
        Update?.Invoke();
        for (var i = 0; i < _readers.Count; i++)
            row[i] = _readers[i]() ?? double.NaN;
    }

    public void Dispose()
    {
        foreach (var resource in _resources)
            resource.Dispose();
    }

    private ColumnProbe Add(MetricKind kind, string column, string meaning, Func<double?> read)
    {
        _columns.Add(new TelemetryColumn(column, kind, name, meaning));
        _readers.Add(read);
        return this;
    }
}
