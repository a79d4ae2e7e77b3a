using System.Globalization;
using MemoryWall.Core.Telemetry;
using MemoryWall.Core.Time;

namespace MemoryWall.Runs;

/// <summary>Reads telemetry back. Damaged lines are left out, cells that are no numbers are absent, and each is a finding.</summary>
internal sealed class TelemetryCsvReader : IDisposable
{
    private readonly CsvTableReader? _table;
    private readonly ReadWarningCollector _findings;

    private TelemetryCsvReader(string path, TelemetrySchema? schema, ReadWarningCollector findings)
    {
        _findings = findings;
        var names = ReadHeader(path);
        Columns = [.. names.Where(name => name != RunFiles.TelemetryTimeColumn).Select(name => TelemetryColumns.FromName(schema, name))];
        _table = CsvTableReader.Open(path, names, findings);
    }

    /// <summary>The columns, without the one of time.</summary>
    public IReadOnlyList<TelemetryColumn> Columns { get; }

    /// <summary>Opens a file to be read row by row.</summary>
    /// <exception cref="StoreException">It cannot be opened.</exception>
    public static TelemetryCsvReader Open(string path, TelemetrySchema? schema, ReadWarningCollector findings) =>
        StoreException.WrapIOErrors(path, "reading it", () => new TelemetryCsvReader(path, schema, findings));

    /// <summary>A whole file.</summary>
    /// <exception cref="StoreException">It cannot be opened.</exception>
    public static TelemetryTimeline Read(string path, TelemetrySchema? schema)
    {
        var findings = new ReadWarningCollector();
        using var reader = Open(path, schema, findings);
        var samples = StoreException.WrapIOErrors(path, "reading it", () => reader.ReadRows().ToList());
        return TelemetryColumns.CreateTimeline(reader.Columns, schema, samples, findings);
    }

    /// <summary>The rows, once.</summary>
    public IEnumerable<TelemetrySample> ReadRows()
    {
        while (_table?.Read() == true)
        {
            if (_table.GetInstant(RunFiles.TelemetryTimeColumn) is { } at)
                yield return ReadRow(_table, at);
            else
                _findings.Add($"{_table.Location}: has no {RunFiles.TelemetryTimeColumn}, left out");
        }
    }

    public void Dispose() => _table?.Dispose();

    private TelemetrySample ReadRow(CsvTableReader table, Instant at)
    {
        var values = new double?[Columns.Count];
        for (var i = 0; i < values.Length; i++)
        {
            var cell = table.GetRaw(Columns[i].Name);
            if (cell.Length == 0)
                continue;
            if (double.TryParse(cell, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && double.IsFinite(value))
                values[i] = value;
            else
                _findings.Add($"{table.Location}: a cell of {Columns[i].Name} is not a number, read as absent");
        }
        return new TelemetrySample(at, values);
    }

    // Names have neither quotes nor commas: they are the sampler's own.
    private static string[] ReadHeader(string path)
    {
        using var file = CommittedLinesStream.Open(path);
        using var reader = new StreamReader(file);
        return (reader.ReadLine() ?? "").Split(',').Distinct(StringComparer.Ordinal).ToArray();
    }
}
