using System.Globalization;
using MemoryWall.Facts;
using MemoryWall.Time;

namespace MemoryWall.Store;

/// <summary>Reads telemetry back. Damaged lines are left out, cells that are no numbers are absent, and each is a finding.</summary>
internal sealed class TelemetryCsvReader : IDisposable
{
    private readonly TableReader? _table;
    private readonly Findings _findings;

    private TelemetryCsvReader(string path, TelemetrySchema? schema, Findings findings)
    {
        _findings = findings;
        var names = Header(path);
        Columns = [.. names.Where(name => name != RunFiles.TelemetryAt).Select(name => TelemetryColumns.Of(schema, name))];
        _table = TableReader.Open(path, names, findings);
    }

    /// <summary>The columns, without the one of time.</summary>
    public IReadOnlyList<TelemetryColumn> Columns { get; }

    /// <summary>Opens a file to be read row by row.</summary>
    /// <exception cref="StoreException">It cannot be opened.</exception>
    public static TelemetryCsvReader Open(string path, TelemetrySchema? schema, Findings findings) =>
        StoreException.Guard(path, "reading it", () => new TelemetryCsvReader(path, schema, findings));

    /// <summary>A whole file.</summary>
    /// <exception cref="StoreException">It cannot be opened.</exception>
    public static TelemetryTimeline Read(string path, TelemetrySchema? schema)
    {
        var findings = new Findings();
        using var reader = Open(path, schema, findings);
        var samples = StoreException.Guard(path, "reading it", () => reader.Rows().ToList());
        return TelemetryColumns.Timeline(reader.Columns, schema, samples, findings);
    }

    /// <summary>The rows, once.</summary>
    public IEnumerable<TelemetrySample> Rows()
    {
        while (_table?.Read() == true)
        {
            if (_table.Instant(RunFiles.TelemetryAt) is { } at)
                yield return Row(_table, at);
            else
                _findings.Add($"{_table.Where}: has no {RunFiles.TelemetryAt}, left out");
        }
    }

    public void Dispose() => _table?.Dispose();

    private TelemetrySample Row(TableReader table, Instant at)
    {
        var values = new double?[Columns.Count];
        for (var i = 0; i < values.Length; i++)
        {
            var cell = table.Raw(Columns[i].Name);
            if (cell.Length == 0)
                continue;
            if (double.TryParse(cell, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && double.IsFinite(value))
                values[i] = value;
            else
                _findings.Add($"{table.Where}: a cell of {Columns[i].Name} is not a number, read as absent");
        }
        return new TelemetrySample(at, values);
    }

    // Names have neither quotes nor commas: they are the sampler's own.
    private static string[] Header(string path)
    {
        using var file = CommittedFile.Open(path);
        using var reader = new StreamReader(file);
        return (reader.ReadLine() ?? "").Split(',').Distinct(StringComparer.Ordinal).ToArray();
    }
}
