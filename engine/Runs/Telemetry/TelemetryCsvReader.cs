using MemoryWall.Core.Telemetry;
using MemoryWall.Core.Time;
using MemoryWall.Runs.Csv;
using MemoryWall.Runs.Files;

namespace MemoryWall.Runs.Telemetry;

/// <summary>Reads telemetry. Damaged lines are skipped and cells that are not numbers are absent, each with a warning.</summary>
internal sealed class TelemetryCsvReader : IDisposable
{
    private readonly CsvTableReader? _table;
    private readonly ReadWarningCollector _warnings;

    private TelemetryCsvReader(string path, TelemetrySchema? schema, ReadWarningCollector warnings)
    {
        _warnings = warnings;
        var names = ReadHeader(path);
        Columns = [.. names.Where(name => name != RunFiles.TelemetryTimeColumn).Select(name => TelemetryColumns.FromName(schema, name))];
        _table = CsvTableReader.Open(path, names, names, warnings);
    }

    /// <summary>The columns without the time.</summary>
    public IReadOnlyList<TelemetryColumn> Columns { get; }

    /// <summary>Opens a file for reading row by row.</summary>
    /// <exception cref="StoreException">It cannot be opened.</exception>
    public static TelemetryCsvReader Open(string path, TelemetrySchema? schema, ReadWarningCollector warnings) =>
        StoreException.WrapIOErrors(path, "reading it", () => new TelemetryCsvReader(path, schema, warnings));

    /// <summary>A whole file.</summary>
    /// <exception cref="StoreException">It cannot be opened.</exception>
    public static TelemetryTimeline Read(string path, TelemetrySchema? schema)
    {
        var warnings = new ReadWarningCollector();
        using var reader = Open(path, schema, warnings);
        var samples = StoreException.WrapIOErrors(path, "reading it", () => reader.ReadRows().ToList());
        return TelemetryColumns.CreateTimeline(reader.Columns, schema, samples, warnings);
    }

    /// <summary>The rows, once.</summary>
    public IEnumerable<TelemetrySample> ReadRows()
    {
        while (_table?.Read() == true)
        {
            if (CsvCell.TryParseInstant(_table.GetRaw(RunFiles.TelemetryTimeColumn), out var at))
                yield return ReadRow(_table, at);
            else
                _warnings.Add($"{_table.Location}: {RunFiles.TelemetryTimeColumn} is not a time; the row is skipped");
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
            if (CsvCell.TryParseNumber(cell, out var value))
                values[i] = value;
            else
                _warnings.Add($"{table.Location}: {Columns[i].Name} is not a number; it is read as absent");
        }
        return new TelemetrySample(at, values);
    }

    // Names contain neither quotes nor commas, since the sampler defines them.
    private static string[] ReadHeader(string path)
    {
        using var file = CommittedLinesStream.Open(path);
        using var reader = new StreamReader(file);
        return (reader.ReadLine() ?? "").Split(',').Distinct(StringComparer.Ordinal).ToArray();
    }
}
