using System.Diagnostics;
using System.Globalization;
using MemoryWall.Lake;
using MemoryWall.Lake.Files;
using MemoryWall.Runs;

namespace MemoryWall.Benchmarks.Lakes;

/// <summary>
/// Adds many runs to a lake and asks it, before and after it is packed. Options: runs (default 10,000), trials of each (100), samples of
/// telemetry of each (1,000), and a folder for the lake that stays (default a temporary one). <c>writers N</c> lets processes that are
/// killed add N runs.
/// </summary>
internal static class LakeBenchmark
{
    private const int Repetitions = 5;

    private const string List = "SELECT run_id, started_utc, label, system, model, cpu_model, cap_bytes, trials, completed FROM runs "
        + "ORDER BY started_utc DESC";

    private const string Medians = "SELECT context_tokens, median(generation_tps), median(prefill_tps), count(*) FROM trials "
        + "WHERE NOT is_warmup AND NOT is_left_out GROUP BY 1 ORDER BY 1";

    private const string Telemetry = "SELECT count(*), avg(reading0_bytes), max(reading1_total) FROM telemetry";

    public static async Task RunAsync(string[] args)
    {
        if (args is ["writers", .. var rest])
        {
            await LakeWritersBenchmark.RunAsync(rest);
            return;
        }
        int Option(int place, int usual) => args.Length > place ? int.Parse(args[place], CultureInfo.InvariantCulture) : usual;
        var (runs, trials, samples) = (Option(0, 10_000), Option(1, 100), Option(2, 1_000));
        var root = Directory.CreateTempSubdirectory("memwall-lake-benchmark-").FullName;
        try
        {
            var lake = new LakeFolder(args.Length > 3 ? args[3] : Path.Combine(root, "lake"));
            PrintLoad();
            await AddAsync(lake, root, (runs, trials, samples));
            PrintLoad();
            await AskAsync(lake, $"{runs:#,0} files a table");
            var clock = Stopwatch.GetTimestamp();
            var packed = await LakeCompactor.CompactAsync(lake, TimeProvider.System, CancellationToken.None);
            Print($"packed into {packed.FilesAfter} files a table in {Stopwatch.GetElapsedTime(clock).TotalSeconds:0} s, "
                + $"{Size(lake) / 1e6:0} MB");
            await AskAsync(lake, $"packed, {packed.FilesAfter} files a table");
            PrintLoad();
        }
        finally
        {
            Directory.Delete(root, recursive: true);
        }
    }

    private static async Task AddAsync(LakeFolder lake, string root, (int Runs, int Trials, int Samples) sizes)
    {
        var clock = Stopwatch.GetTimestamp();
        var next = 0;
        await Task.WhenAll(Enumerable.Range(0, Environment.ProcessorCount).Select(async worker =>
        {
            var store = new RunStore(Path.Combine(root, $"runs{worker}"));
            var samples = new LakeSamples();
            var writer = await LakeWriter.OpenAsync(lake, isDurable: false, CancellationToken.None);
            await Task.Run(async () =>
            {
                for (var number = Interlocked.Increment(ref next); number <= sizes.Runs; number = Interlocked.Increment(ref next))
                {
                    var folder = samples.Create(store, number, sizes.Trials, sizes.Samples);
                    await writer.AddAsync(folder, again: false, CancellationToken.None);
                    Directory.Delete(folder, recursive: true);
                }
            });
        }));
        var seconds = Stopwatch.GetElapsedTime(clock).TotalSeconds;
        Print($"{sizes.Runs:#,0} runs with {sizes.Trials:#,0} trials and {sizes.Samples:#,0} samples each made and added in {seconds:0} s, "
            + $"{1000 * seconds * Environment.ProcessorCount / sizes.Runs:0} ms each on a core; {Size(lake) / 1e6:0} MB");
    }

    private static async Task AskAsync(LakeFolder lake, string state)
    {
        foreach (var (what, sql) in new[] { ("runs listed", List), ("medians by context", Medians), ("telemetry summarized", Telemetry) })
        {
            var (times, count, first) = (new List<double>(), 0, "");
            for (var i = 0; i < Repetitions; i++)
            {
                var clock = Stopwatch.GetTimestamp();
                var problems = await LakeQuery.RunAsync(lake, sql, long.MaxValue, rows =>
                {
                    var all = rows.Read().ToList();
                    (count, first) = (all.Count, string.Join(", ", all[0]));
                }, CancellationToken.None);
                times.Add(Stopwatch.GetElapsedTime(clock).TotalSeconds);
                if (problems.Count > 0)
                    throw new InvalidOperationException(problems[0].Path + ": " + problems[0].Reason);
            }
            Print($"{state}: {what}, {count:#,0} rows: {Measured.Median(times):0.000} s (first {times[0]:0.000}); {first}");
        }
    }

    private static long Size(LakeFolder lake) =>
        new DirectoryInfo(lake.Root).EnumerateFiles("*", SearchOption.AllDirectories).Sum(file => file.Length);

    private static void PrintLoad() => Print($"load {File.ReadAllText("/proc/loadavg").Trim()}");

    private static void Print(string text) => Console.WriteLine(text);
}
