using System.Diagnostics;
using System.Globalization;
using MemoryWall.Lake;
using MemoryWall.Lake.Files;
using MemoryWall.Runs;

namespace MemoryWall.Benchmarks.Lakes;

/// <summary>
/// Lets processes add runs to one lake, 8 at once, kills most of them at random and starts their work again, as a scheduler does. Some work
/// is done twice at once, and some processes pack the lake meanwhile. In the end every run has to be there exactly once. Option: runs
/// (default 1,000).
/// </summary>
internal static class LakeWritersBenchmark
{
    private const string Child = "child";
    private const int AtOnce = 8;
    private const int RunsOfATask = 20;
    private const int Trials = 5;
    private const int Samples = 20;
    private const int MaxKillsOfATask = 3;

    public static async Task RunAsync(string[] args)
    {
        if (args is [Child, var place, var from, var to])
        {
            await AddAsync(place, int.Parse(from, CultureInfo.InvariantCulture), int.Parse(to, CultureInfo.InvariantCulture));
            return;
        }
        var runs = args.Length > 0 ? int.Parse(args[0], CultureInfo.InvariantCulture) : 1_000;
        var root = Directory.CreateTempSubdirectory("memwall-lake-writers-").FullName;
        try
        {
            var (store, samples) = (new RunStore(Path.Combine(root, "runs")), new LakeSamples());
            for (var number = 1; number <= runs; number++)
                samples.Create(store, number, Trials, Samples);
            var clock = Stopwatch.GetTimestamp();
            var (processes, kills) = await RunTasksAsync(root, runs);
            var lake = new LakeFolder(Path.Combine(root, "lake"));
            await CheckAsync(lake, runs, "as the writers left it");
            await LakeCompactor.CompactAsync(lake, TimeProvider.System, CancellationToken.None);
            await CheckAsync(lake, runs, "packed");
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{runs:#,0} runs by {processes:#,0} processes, {AtOnce} at once, of which {kills:#,0} were killed: every run is in the "
                + $"lake exactly once; {Stopwatch.GetElapsedTime(clock).TotalSeconds:0} s"));
        }
        finally
        {
            Directory.Delete(root, recursive: true);
        }
    }

    private static async Task<(int Processes, int Kills)> RunTasksAsync(string root, int runs)
    {
        var starts = Enumerable.Range(0, (runs + RunsOfATask - 1) / RunsOfATask).Select(task => 1 + task * RunsOfATask).ToList();
        // Every fifth task is done twice at once.
        var open = new Queue<int>(starts.SelectMany((from, i) => i % 5 == 0 ? new[] { from, from } : [from]));
        var (gate, random, processes, kills) = (new Lock(), new Random(1), 0, 0);
        await Task.WhenAll(Enumerable.Range(0, AtOnce).Select(async _ =>
        {
            while (true)
            {
                int from;
                lock (gate)
                {
                    if (!open.TryDequeue(out from))
                        return;
                }
                for (var attempt = 0; ; attempt++)
                {
                    int? after;
                    lock (gate)
                    {
                        processes++;
                        after = attempt < MaxKillsOfATask && random.Next(4) > 0 ? random.Next(300, 4000) : null;
                    }
                    if (await RunChildAsync(root, from, Math.Min(from + RunsOfATask - 1, runs), after))
                        break;
                    Interlocked.Increment(ref kills);
                }
            }
        }));
        return (processes, kills);
    }

    // Whether it ended by itself.
    private static async Task<bool> RunChildAsync(string root, int from, int to, int? killAfter)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardError = true };
        if (Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet")
            start.ArgumentList.Add(typeof(LakeWritersBenchmark).Assembly.Location);
        foreach (var argument in new[] { "lake", "writers", Child, root, $"{from}", $"{to}" })
            start.ArgumentList.Add(argument);
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        var ended = process.WaitForExitAsync();
        if (killAfter is { } milliseconds && await Task.WhenAny(ended, Task.Delay(milliseconds)) != ended)
        {
            process.Kill();
            await ended;
            return false;
        }
        await ended;
        return process.ExitCode == 0 ? true : throw new InvalidOperationException(await error);
    }

    private static async Task AddAsync(string root, int from, int to)
    {
        var lake = new LakeFolder(Path.Combine(root, "lake"));
        for (var number = from; number <= to; number++)
            await LakeWriter.AddAsync(lake.Root, Path.Combine(root, "runs", LakeSamples.IdOf(number)));
        if (from / RunsOfATask % 4 == 0)
            await LakeCompactor.CompactAsync(lake, TimeProvider.System, CancellationToken.None);
    }

    private static async Task CheckAsync(LakeFolder lake, int runs, string state)
    {
        const string Sql = "SELECT (SELECT count(*) FROM runs), (SELECT count(DISTINCT run_id) FROM runs), (SELECT count(*) FROM trials), "
            + "(SELECT count(*) FROM telemetry), (SELECT count(DISTINCT run_id) FROM verdicts)";
        var found = "";
        var problems = await LakeQuery.RunAsync(lake, Sql, 1, rows => found = string.Join(", ", rows.Read().Single()),
            CancellationToken.None);
        var expected = string.Create(CultureInfo.InvariantCulture, $"{runs}, {runs}, {runs * Trials}, {runs * Samples}, {runs}");
        Console.WriteLine($"{state}: {found} runs, different runs, trials, samples, runs with verdicts; "
            + $"{lake.List(LakeFolder.Runs).Files.Count} files a table");
        if (found != expected || problems.Count > 0)
            throw new InvalidOperationException($"expected {expected}; {problems.Count} problems");
    }
}
