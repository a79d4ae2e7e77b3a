using System.Text;
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

    // Some days at the default rate. More of it is read as Parquet.
    private const long MaxBytes = 512 << 20;

    private const int MaxHeaderBytes = 1 << 20;
    private const int MaxColumns = 4096;

    private TelemetryCsvReader(string path, TelemetrySchema? schema, ReadWarningCollector warnings, long maxBytes)
    {
        _warnings = warnings;
        var names = ReadHeader(path);
        Columns = [.. names.Where(name => name != RunFiles.TelemetryTimeColumn).Select(name => TelemetryColumns.FromName(schema, name))];
        _table = CsvTableReader.Open(path, new CsvColumns(names, names, maxBytes), warnings);
    }

    /// <summary>The columns without the time.</summary>
    public IReadOnlyList<TelemetryColumn> Columns { get; }

    /// <summary>Opens a file for reading row by row.</summary>
    /// <exception cref="StoreException">It cannot be opened.</exception>
    public static TelemetryCsvReader Open(string path, TelemetrySchema? schema, ReadWarningCollector warnings) =>
        Open(path, schema, warnings, long.MaxValue);

    /// <summary>A whole file.</summary>
    /// <exception cref="StoreException">It cannot be opened.</exception>
    public static TelemetryTimeline Read(string path, TelemetrySchema? schema)
    {
        var warnings = new ReadWarningCollector();
        using var reader = Open(path, schema, warnings, MaxBytes);
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

    private static TelemetryCsvReader Open(string path, TelemetrySchema? schema, ReadWarningCollector warnings, long maxBytes) =>
        StoreException.WrapIOErrors(path, "reading it", () => new TelemetryCsvReader(path, schema, warnings, maxBytes));

    // Names contain neither quotes nor commas, since the sampler defines them.
    private static string[] ReadHeader(string path)
    {
        using var file = CommittedLinesStream.Open(path, MaxHeaderBytes);
        var bytes = new byte[Math.Min(file.Length, MaxHeaderBytes)];
        var header = bytes.AsSpan(0, file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false));
        var end = header.IndexOf((byte)'\n');
        using var reader = new StringReader(Encoding.UTF8.GetString(end < 0 ? header : header[..end]));
        var names = (reader.ReadLine() ?? "").TrimStart('\uFEFF').Split(',').Distinct(StringComparer.Ordinal).ToArray();
        return names.Length <= MaxColumns ? names : throw new IOException(FormattableString.Invariant($"it has {names.Length} columns"));
    }
}
