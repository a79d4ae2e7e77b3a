namespace MemoryWall.Core.Telemetry;

/// <summary>How a column of telemetry is to be read.</summary>
public enum MetricKind
{
    /// <summary>A state at one moment: means and peaks make sense, differences do not.</summary>
    Gauge,

    /// <summary>A sum since some moment before the run: only differences make sense. It may begin anew when its subject is
    /// restarted.</summary>
    Counter,
}

/// <summary>One column of a run's telemetry.</summary>
/// <param name="Name">
/// Its name in lower case with its unit, for example <c>server_rss_anon_bytes</c>; counters end in <c>_total</c>. Ratios run from 0 to 1.
/// </param>
/// <param name="Kind">Gauge or counter.</param>
/// <param name="Source">The probe that reads it.</param>
/// <param name="Meaning">What it is, in one sentence.</param>
public sealed record TelemetryColumn(string Name, MetricKind Kind, string Source, string Meaning);

/// <summary>A source of telemetry that this machine does not give.</summary>
/// <param name="Name">The probe's name.</param>
/// <param name="Reason">Why it is absent.</param>
/// <param name="Remedy">What would enable it; null where nothing would.</param>
public sealed record UnavailableSource(string Name, string Reason, string? Remedy);

/// <summary>What a run's telemetry consists of. Fixed when sampling starts, stored with the run's manifest.</summary>
public sealed record TelemetrySchema
{
    /// <summary>The columns, in the order of a sample's values.</summary>
    public required IReadOnlyList<TelemetryColumn> Columns { get; init; }

    /// <summary>Sources that were looked for and are not there.</summary>
    public IReadOnlyList<UnavailableSource> Absent { get; init; } = [];

    /// <summary>What lies on which block device: <c>model</c> and <c>swap</c> to a device's name as the columns have it. What is not known
    /// is not listed.</summary>
    public IReadOnlyDictionary<string, string> Devices { get; init; } = new Dictionary<string, string>();

    /// <summary>The column's place; null where there is none of this name.</summary>
    public int? IndexOf(string name)
    {
        for (var i = 0; i < Columns.Count; i++)
        {
            if (Columns[i].Name == name)
                return i;
        }
        return null;
    }
}
