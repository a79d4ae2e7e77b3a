using System.Globalization;
using MemoryWall.Facts;
using MemoryWall.Time;

namespace MemoryWall.Store;

/// <summary>Reads telemetry back. Damaged lines are left out, cells that are no numbers are absent, and each is a finding.</summary>
public static class TelemetryCsvReader
{
    private const string CounterSuffix = "_total";

    /// <summary>The stretches of a run in order, one for each time that it was started or resumed; none where no telemetry was stored.</summary>
    /// <param name="runFolder">The run's folder.</param>
    /// <param name="schema">What the manifest says of the columns; null where it says nothing.</param>
    public static IReadOnlyList<TelemetryTimeline> ReadAll(string runFolder, TelemetrySchema? schema)
    {
        var stretches = new List<TelemetryTimeline>();
        while (File.Exists(Path.Combine(runFolder, RunFiles.Telemetry(stretches.Count + 1))))
            stretches.Add(Read(Path.Combine(runFolder, RunFiles.Telemetry(stretches.Count + 1)), schema));
        return stretches;
    }

    /// <summary>One stretch.</summary>
    /// <param name="path">The file.</param>
    /// <param name="schema">What the manifest says of the columns; those that it does not know are told by their names alone.</param>
    /// <exception cref="StoreException">The file cannot be opened.</exception>
    public static TelemetryTimeline Read(string path, TelemetrySchema? schema)
    {
        var findings = new Findings();
        var names = StoreException.Guard(path, "reading it", () => Header(path));
        var columns = names.Where(name => name != RunFiles.TelemetryAt).Select(name => Known(schema, name)).ToArray();
        var samples = new List<TelemetrySample>();
        using (var table = StoreException.Guard(path, "reading it", () => TableReader.Open(path, names, findings)))
        {
            while (table is not null && table.Read())
            {
                if (table.Instant(RunFiles.TelemetryAt) is { } at)
                    samples.Add(Row(table, at, columns, findings));
                else
                    findings.Add($"{table.Where}: has no {RunFiles.TelemetryAt}, left out");
            }
        }
        return new TelemetryTimeline
        {
            Schema = new TelemetrySchema { Columns = columns, Absent = schema?.Absent ?? [], Devices = schema?.Devices ?? new Dictionary<string, string>() },
            Samples = samples,
            Findings = findings.ToList(),
        };
    }

    private static TelemetrySample Row(TableReader table, Instant at, TelemetryColumn[] columns, Findings findings)
    {
        var values = new double?[columns.Length];
        for (var i = 0; i < columns.Length; i++)
        {
            var cell = table.Raw(columns[i].Name);
            if (cell.Length == 0)
                continue;
            if (double.TryParse(cell, NumberStyles.Float, CultureInfo.InvariantCulture, out var value) && double.IsFinite(value))
                values[i] = value;
            else
                findings.Add($"{table.Where}: a cell of {columns[i].Name} is not a number, read as absent");
        }
        return new TelemetrySample(at, values);
    }

    private static TelemetryColumn Known(TelemetrySchema? schema, string name) =>
        schema?.Columns.FirstOrDefault(c => c.Name == name)
        ?? new TelemetryColumn(name, name.EndsWith(CounterSuffix, StringComparison.Ordinal) ? ReadingKind.Counter : ReadingKind.Gauge, "unknown", "");

    // Names have neither quotes nor commas: they are the sampler's own.
    private static string[] Header(string path)
    {
        using var file = CommittedFile.Open(path);
        using var reader = new StreamReader(file);
        return (reader.ReadLine() ?? "").Split(',').Distinct(StringComparer.Ordinal).ToArray();
    }
}
