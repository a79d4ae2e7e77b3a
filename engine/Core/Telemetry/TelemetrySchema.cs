namespace MemoryWall.Core.Telemetry;

/// <summary>How to interpret a column of telemetry.</summary>
public enum MetricKind
{
    /// <summary>A state at one moment: means and peaks are meaningful, differences are not.</summary>
    Gauge,

    /// <summary>A sum since some moment before the run: only differences are meaningful. It restarts at 0 when its subject is
    /// restarted.</summary>
    Counter,
}

/// <summary>One column of a run's telemetry.</summary>
/// <param name="Name">
/// The name in lower case with its unit, for example <c>server_rss_anon_bytes</c>; counters end in <c>_total</c>. Ratios run from 0 to 1.
/// </param>
/// <param name="Kind">Gauge or counter.</param>
/// <param name="Source">The probe that reads it.</param>
/// <param name="Meaning">What it measures, in one sentence.</param>
public sealed record TelemetryColumn(string Name, MetricKind Kind, string Source, string Meaning);

/// <summary>A source of telemetry that this machine does not provide.</summary>
/// <param name="Name">The probe's name.</param>
/// <param name="Reason">Why it is unavailable.</param>
/// <param name="Remedy">How to enable it; null where that is impossible.</param>
public sealed record UnavailableSource(string Name, string Reason, string? Remedy);

/// <summary>The columns of a run's telemetry. It is fixed when sampling starts and stored in the run's manifest.</summary>
public sealed record TelemetrySchema
{
    private readonly Dictionary<string, int> _places = [];

    /// <summary>The columns, in the order of a sample's values.</summary>
    public required IReadOnlyList<TelemetryColumn> Columns
    {
        get;
        init
        {
            field = value;
            _places = [];
            for (var i = 0; i < value.Count; i++)
                _places.TryAdd(value[i].Name, i);
        }
    }

    /// <summary>Sources that are unavailable on this machine.</summary>
    public IReadOnlyList<UnavailableSource> Absent { get; init; } = [];

    /// <summary>The block device of <c>model</c> and of <c>swap</c>, by the device's name in the columns. Unknown devices
    /// are not listed.</summary>
    public IReadOnlyDictionary<string, string> Devices { get; init; } = new Dictionary<string, string>();

    /// <summary>The exporters whose columns lie beside this machine's; absent where none is read.</summary>
    public IReadOnlyList<TelemetryExporter>? Exporters { get; init; }

    /// <summary>The index of a column, of the first one where several have this name; null where none has it.</summary>
    public int? IndexOf(string name) => _places.TryGetValue(name, out var place) ? place : null;
}
