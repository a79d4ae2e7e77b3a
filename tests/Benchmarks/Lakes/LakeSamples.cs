using System.Globalization;
using MemoryWall.Core;
using MemoryWall.Core.Telemetry;
using MemoryWall.Core.Time;
using MemoryWall.Core.Trials;
using MemoryWall.Runs;
using MemoryWall.Runs.Telemetry;

namespace MemoryWall.Benchmarks.Lakes;

/// <summary>Makes many runs of one sample: the manifest, the trials and the marks of <c>samples/kv-f16</c> under other ids and at other
/// times, with rates that scatter.</summary>
internal sealed class LakeSamples
{
    private const int Readings = 12;
    private const int MarksOfATrial = 4;

    private readonly Run _sample = RunReader.Read(Directory.GetDirectories(SampleRuns.Find("kv-f16")
        ?? throw new InvalidOperationException("the samples are not found")).Single(), withMarks: true).Run;

    /// <summary>The id of a run.</summary>
    public static string IdOf(int number) => string.Create(CultureInfo.InvariantCulture, $"20260101-000000-{number:x8}");

    /// <summary>Writes the folder of a run.</summary>
    /// <param name="store">Where to.</param>
    /// <param name="number">Which run; each has its own time in a year, and its own scatter.</param>
    /// <param name="trials">Its trials.</param>
    /// <param name="samples">Its samples of telemetry, of 12 readings each.</param>
    public string Create(RunStore store, int number, int trials, int samples)
    {
        var schema = new TelemetrySchema
        {
            Columns = [.. Enumerable.Range(0, Readings).Select(i =>
                new TelemetryColumn(i % 2 == 0 ? $"reading{i}_bytes" : $"reading{i}_total", MetricKind.Gauge, "host", "Any."))],
        };
        var folder = Path.Combine(store.Root, IdOf(number));
        Directory.CreateDirectory(folder);
        var manifest = _sample.Manifest with
        {
            RunId = IdOf(number),
            StartedUtc = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero).AddMinutes(45 * number),
            Telemetry = samples > 0 ? schema : null,
        };
        File.WriteAllText(Path.Combine(folder, "run.json"),
            System.Text.Json.JsonSerializer.Serialize(manifest, MemoryWall.Runs.Json.FactsJson.Indented));
        var random = new Random(number);
        using (var rows = new FileStream(Path.Combine(folder, "trials.csv"), FileMode.Create))
        using (var marks = new FileStream(Path.Combine(folder, "tokens.csv"), FileMode.Create))
        {
            rows.Write(TrialsFile.Header);
            marks.Write(TokensFile.Header);
            for (var i = 1; i <= trials; i++)
            {
                rows.Write(TrialsFile.FormatRow(Vary(_sample.Trials[i % _sample.Trials.Count], i, random)));
                var stored = _sample.Marks.GetValueOrDefault(_sample.Trials[i % _sample.Trials.Count].Number, []);
                marks.Write(TokensFile.FormatRows(i, [.. stored.Take(MarksOfATrial)]));
            }
        }
        if (samples > 0)
        {
            using var telemetry = TelemetryCsvWriter.Create(folder, schema);
            telemetry.Write([.. Enumerable.Range(0, samples).Select(row => new TelemetrySample(Instant.FromSeconds(row / 10.0),
                [.. Enumerable.Range(0, Readings).Select(reading => Value(row, reading, random))]))]);
        }
        return folder;
    }

    private static Trial Vary(Trial trial, int number, Random random)
    {
        var factor = 1 + 0.05 * (random.NextDouble() - 0.5);
        TimeSpan? Scale(TimeSpan? time) => time is { } known ? known * factor : null;
        return trial with
        {
            Number = number,
            Repetition = number,
            Server = trial.Server with { Prefill = Scale(trial.Server.Prefill), Generation = Scale(trial.Server.Generation) },
            Native = trial.Native with { Prefill = Scale(trial.Native.Prefill), Generation = Scale(trial.Native.Generation) },
        };
    }

    private static double? Value(int row, int reading, Random random) => (row + reading) % 50 == 0 ? null
        : reading % 2 == 0 ? 4096.0 * random.Next(1_000_000) : row * 0.1 + reading;
}
