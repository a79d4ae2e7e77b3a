using System.Diagnostics;
using System.Globalization;
using System.IO.Compression;
using MemoryWall.Core;
using MemoryWall.Core.Telemetry;
using MemoryWall.Lake.Files;
using MemoryWall.Lake.Queries;
using MemoryWall.Notebooks;
using MemoryWall.Runs;
using Microsoft.Data.Analysis;
using Parquet;
using Parquet.Schema;

namespace MemoryWall.Benchmarks;

/// <summary>
/// Reads a long run and turns it into a frame. The alternative is DataFrame.LoadCsv on the first of its rows. A million seconds at 10 Hz
/// are 10 million rows. Options: rows (default 1,000,000), readings in each row (default 12), rows for the alternative (default 100,000).
/// </summary>
internal static class LoadBenchmark
{
    // As the engine writes them.
    private const int GroupRows = 32768;

    public static async Task<IReadOnlyList<Measured>> RunAsync(string[] args)
    {
        int Option(int place, int usual) => args.Length > place ? int.Parse(args[place], CultureInfo.InvariantCulture) : usual;
        var (rows, readings, few) = (Option(0, 1_000_000), Option(1, 12), Option(2, 100_000));
        var folder = Directory.CreateTempSubdirectory("memwall-load-").FullName;
        try
        {
            string[] names = [.. Enumerable.Range(0, readings).Select(i => i % 2 == 0 ? $"reading{i}_bytes" : $"reading{i}_total")];
            var schema = new TelemetrySchema
            {
                Columns = [
                .. names.Select(name => new TelemetryColumn(name, MetricKind.Gauge, "host", "Any."))]
            };
            string run;
            using (var writer = new RunStore(folder).Create(StoreBenchmark.Manifest(schema)))
                run = writer.Directory;
            await WriteParquetAsync(Path.Combine(run, "telemetry.parquet"), names, rows);
            var csv = Path.Combine(folder, "few.csv");
            WriteCsv(csv, names, few);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{rows:#,0} rows of {readings} readings, {new FileInfo(Path.Combine(run, "telemetry.parquet")).Length / 1e6:0} MB as "
                + $"Parquet; {few:#,0} of them, {new FileInfo(csv).Length / 1e6:0} MB as CSV"));

            var (read, framed) = Ours(run, rows);
            var engine = DuckDb(folder, Path.Combine(run, "telemetry.parquet"), rows);
            var plain = Seconds(() => Check(DataFrame.LoadCsv(csv), few)) * rows / few;
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"read {read:0.0} s, to a frame {framed:0.0} s, together {read + framed:0.0} s; DuckDB takes {engine:0.0} s into a "
                + $"table of its own, so the ratio is {(read + framed) / engine:0.00}; DataFrame.LoadCsv would take {plain:0} s "
                + $"for as many; at most {Process.GetCurrentProcess().PeakWorkingSet64 / 1e9:0.0} GB resident"));
            return
            [
                new Measured(
                    string.Create(CultureInfo.InvariantCulture,
                        $"load: {rows / 1e6:0.#} million telemetry rows of {readings} readings into a frame"),
                        string.Create(CultureInfo.InvariantCulture, $"{read + framed:0.0} s"),
                    string.Create(CultureInfo.InvariantCulture, $"DataFrame.LoadCsv, {(double)few / rows:0%} of the rows, scaled"),
                    string.Create(CultureInfo.InvariantCulture, $"{plain:0} s"), (read + framed) / plain),
                new Measured("load: the same", string.Create(CultureInfo.InvariantCulture, $"{read + framed:0.0} s"),
                    "DuckDB, the same file into a table in memory", string.Create(CultureInfo.InvariantCulture, $"{engine:0.0} s"),
                    (read + framed) / engine),
            ];
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static (double Read, double Framed) Ours(string folder, int rows)
    {
        Run? run = null;
        var read = Seconds(() => run = Notebooks.Runs.Open(folder));
        if (run!.ReadWarnings.FirstOrDefault(finding => finding.StartsWith("telemetry", StringComparison.Ordinal)) is { } finding)
            throw new InvalidOperationException(finding);
        return (read, Seconds(() => Check(Frame.Telemetry(run), rows)));
    }

    private static double DuckDb(string folder, string path, int rows)
    {
        using var session = LakeSession.Open(new LakeFolder(folder));
        var seconds = Seconds(() => session.Execute($"CREATE TABLE t AS SELECT * FROM read_parquet({SqlText.Quote(path)})"));
        return session.Read("SELECT count(*) FROM t") is long count && count == rows ? seconds
            : throw new InvalidOperationException("DuckDB has other rows");
    }

    private static void Check(DataFrame frame, int rows)
    {
        if (frame.Rows.Count != rows)
            throw new InvalidOperationException($"{frame.Rows.Count} rows came, not {rows}");
    }

    // Counters and gauges as a machine gives them; a few are absent.
    private static double? Value(int row, int reading) => (row + reading) % 50 == 0 ? null
        : reading % 2 == 0 ? 4096.0 * (row / 7 % 100_000 + reading) : row * 0.1 + reading;

    private static async Task WriteParquetAsync(string path, string[] names, int rows)
    {
        var at = new DataField<double>("at_seconds");
        DataField<double?>[] fields = [.. names.Select(name => new DataField<double?>(name))];
        await using var file = File.Create(path);
        await using var writer = await ParquetWriter.CreateAsync(new ParquetSchema([at, .. fields]), file,
            new ParquetOptions { CompressionMethod = CompressionMethod.Zstd, CompressionLevel = CompressionLevel.Optimal });
        for (var from = 0; from < rows; from += GroupRows)
        {
            int[] places = [.. Enumerable.Range(from, Math.Min(GroupRows, rows - from))];
            using var group = writer.CreateRowGroup();
            await group.WriteAsync<double>(at, places.Select(row => row / 10.0).ToArray().AsMemory());
            for (var i = 0; i < fields.Length; i++)
                await group.WriteAsync<double>(fields[i], places.Select(row => Value(row, i)).ToArray().AsMemory());
            group.CompleteValidate();
        }
    }

    private static void WriteCsv(string path, string[] names, int rows)
    {
        using var text = new StreamWriter(path);
        text.WriteLine(string.Join(',', names.Prepend("at_seconds")));
        for (var row = 0; row < rows; row++)
            text.WriteLine(
                string.Join(',',
                    Enumerable.Range(0, names.Length).Select(i => Value(row, i)?.ToString("R", CultureInfo.InvariantCulture))
                        .Prepend((row / 10.0).ToString("R", CultureInfo.InvariantCulture))));
    }

    private static double Seconds(Action action)
    {
        GC.Collect();
        var start = Stopwatch.GetTimestamp();
        action();
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }
}
