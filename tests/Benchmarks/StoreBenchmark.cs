using System.Diagnostics;
using System.Globalization;
using MemoryWall.Core;
using MemoryWall.Core.Facts;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Telemetry;
using MemoryWall.Core.Time;
using MemoryWall.Core.Trials;
using MemoryWall.Core.Units;
using MemoryWall.Runs;

namespace MemoryWall.Benchmarks;

/// <summary>
/// Compares committing a trial with its marks to the disk with appending as many bytes to a bare file stream that is flushed as often. The
/// two alternate. Options: trials (default 300), marks of each (default 128).
/// </summary>
internal static class StoreBenchmark
{
    public static Task<IReadOnlyList<Measured>> RunAsync(string[] args)
    {
        var trials = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 300;
        var marks = args.Length > 1 ? int.Parse(args[1], CultureInfo.InvariantCulture) : 128;
        var folder = Directory.CreateTempSubdirectory("memwall-store-").FullName;
        try
        {
            var (ours, bare) = (new List<double>(), new List<double>());
            using (var writer = new RunStore(folder).Create(Manifest()))
            using (var file = new FileStream(Path.Combine(folder, "bare"), FileMode.CreateNew, FileAccess.Write, FileShare.Read,
                bufferSize: 0))
            {
                for (var number = 1; number <= trials; number++)
                {
                    var before = Length(writer.Directory);
                    ours.Add(Microseconds(() => writer.AppendTrial(Trial(number), Marks(number, marks))));
                    var bytes = new byte[Length(writer.Directory) - before];
                    bare.Add(Microseconds(() => Append(file, bytes)));
                }
            }
            // The first trials include the JIT compiler's work.
            var (store, plain) = (Measured.Median(ours.Skip(trials / 10)), Measured.Median(bare.Skip(trials / 10)));
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"a trial with {marks} marks, flushed: {store:0} µs (90% {Quantile(ours, 0.9):0}), bare file {plain:0} µs (90% "
                + $"{Quantile(bare, 0.9):0}); {trials} trials are {ours.Sum() / 1e6:0.00} s"));
            return Task.FromResult<IReadOnlyList<Measured>>(
            [
                new Measured(string.Create(CultureInfo.InvariantCulture, $"store: append a trial with {marks} marks, on the disk"),
                    string.Create(CultureInfo.InvariantCulture, $"{store:0} µs"),
                    "FileStream, the same bytes and flushes", string.Create(CultureInfo.InvariantCulture, $"{plain:0} µs"), store / plain),
            ]);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    // As the store writes: the marks, then the row that commits them, each flushed.
    private static void Append(FileStream file, byte[] bytes)
    {
        file.Write(bytes, 0, bytes.Length / 2);
        file.Flush(flushToDisk: true);
        file.Write(bytes, bytes.Length / 2, bytes.Length - bytes.Length / 2);
        file.Flush(flushToDisk: true);
    }

    private static long Length(string folder) => new DirectoryInfo(folder).EnumerateFiles("*.csv").Sum(file => file.Length);

    private static double Microseconds(Action action)
    {
        var start = Stopwatch.GetTimestamp();
        action();
        return Stopwatch.GetElapsedTime(start).TotalMicroseconds;
    }

    private static double Quantile(List<double> values, double part) => values.Order().ElementAt((int)(part * (values.Count - 1)));

    internal static RunManifest Manifest(TelemetrySchema? telemetry = null) => new()
    {
        RunId = "benchmark",
        StartedUtc = DateTimeOffset.UnixEpoch,
        Plan = new SweepPlan { Target = "embedded", Contexts = [new TokenCount(2048)] },
        Machine = new MachineFacts { OperatingSystem = "any", Architecture = "any" },
        Target = new TargetFacts { Kind = "embedded", Endpoint = "http://127.0.0.1:1", Model = "nano" },
        EngineVersion = "0",
        Telemetry = telemetry,
    };

    private static Trial Trial(int number) => new()
    {
        Number = number,
        ContextTokens = 2048,
        Repetition = number,
        OutputTokensAsked = 64,
        CountedPromptTokens = 2048,
        OutputTokens = 64,
        Client = new ClientTimings { Sent = new Instant(number * 1_000_000_007L), TimeToFirstToken = TimeSpan.FromTicks(5_000_001) },
        Outcome = new Completed(),
    };

    private static StreamMark[] Marks(int number, int count) =>
        [.. Enumerable.Range(0, count)
            .Select(i => new StreamMark(MarkKind.Chunk, i, new Instant(number * 1_000_000_007L + i * 7_000_003L),
                TimeSpan.FromTicks(70_001 * i)))];
}
