using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;

namespace MemoryWall.Cli.Tests;

/// <summary>An experiment on a real Slurm of three nodes on this machine, one of which fails.</summary>
public sealed class SlurmTests : IDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan s_justNow = TimeSpan.FromMilliseconds(500);

    // A blank and a quotation mark, for what the scripts make of them.
    private readonly string _root = Directory.CreateTempSubdirectory("memwall slurm's-").FullName;
    private readonly string _lab = Path.Combine(Path.GetTempPath(), $"memwall-lab-{Environment.ProcessId}");

    private string Shared => Path.Combine(_root, "shared runs");

    public void Dispose()
    {
        if (Directory.Exists(_lab))
            Lab("stop", _lab);
        Directory.Delete(_root, recursive: true);
    }

    [LongFact]
    public async Task Submit_ANodeFailsInTheMiddle_RetryFinishesAndEachCellIsThereOnce()
    {
        RequiredTools.SkipWhen(!new[] { "slurmctld", "slurmd", "munged", "setsid" }.All(RequiredTools.Finds),
            "Slurm is not installed: apt-get install slurm-wlm munge");
        var lab = Lab("start", _lab, Environment.ProcessId.ToString(CultureInfo.InvariantCulture));
        // Where Slurm is there, it must work.
        Assert.True(lab.ExitCode == 0, lab.Error);
        // The shipped example, with cells that last some seconds, so that one of them is caught in the middle.
        var example = await File.ReadAllTextAsync(Path.Combine(Repository(), "data", "experiments", "nano.yaml"),
            TestContext.Current.CancellationToken);
        var file = Path.Combine(_root, "nano.yaml");
        await File.WriteAllTextAsync(file, example.Replace("output_tokens: 4", "output_tokens: 4\n  trials: 4", StringComparison.Ordinal),
            TestContext.Current.CancellationToken);

        using var submit = await RunAsync("submit", file, "--slurm", "--scratch", Path.Combine(_root, "scratch"));
        Assert.True(submit.ExitCode == 0, submit.Error);
        // After the first cell is done. A task that stored its run just before its node failed does not count, and there are two more
        // nodes.
        await WaitForAsync(() => ListRuns().Length > 0);
        var (cell, node) = await KillBusyNodeAsync();
        if (HasRun(cell))
            (cell, node) = await KillBusyNodeAsync();
        await WaitForAsync(HaveTasksEnded);

        using var status = await RunAsync("status", file, "--json");
        Assert.Equal(4, status.ExitCode);
        var cells = status.Json["cells"]!.AsArray();
        var failed = cells.Where(one => (string)one!["state"]! == "failed").ToList();
        Assert.Contains((cell, node, "node_failed"),
            failed.Select(one => ((int)one!["cell"]!, (string)one["host"]!, (string)one["outcome"]!)));
        Assert.Equal(12 - failed.Count, cells.Count(one => (string)one!["state"]! == "done"));
        Assert.Equal(12 - failed.Count, ListRuns().Length);
        var before = ListRuns().ToDictionary(run => run, run => File.GetLastWriteTimeUtc(Path.Combine(Shared, run, "trials.csv")));

        using var retry = await RunAsync("retry", file, "--failed", "--scratch", Path.Combine(_root, "scratch"));
        Assert.True(retry.ExitCode == 0, retry.Error);
        Assert.Contains("round 2: ", retry.Output);
        // A task adds its run to the lake after it has published it.
        await WaitForAsync(() => ListRuns().Length == 12 && HaveTasksEnded());

        using var all = await RunAsync("status", file, "--json");
        Assert.Equal(0, all.ExitCode);
        Assert.All(all.Json["cells"]!.AsArray(), cell => Assert.Equal("done", (string)cell!["state"]!));
        Assert.Equal(ListRuns(), all.Json["cells"]!.AsArray().Select(cell => (string)cell!["run_id"]!));
        Assert.All(before, run => Assert.Equal(run.Value, File.GetLastWriteTimeUtc(Path.Combine(Shared, run.Key, "trials.csv"))));
        // Each combination has a run in each block, as the program reads them.
        using var list = await Memwall.RunAsync("runs", "list", "--runs", Shared, "--json");
        Assert.Equal(12, list.Json.AsArray().Count(run => (int)run!["completed"]! == 4));
        Assert.Equal(Enumerable.Repeat(2, 6), list.Json.AsArray().GroupBy(run => (string)run!["manifest"]!["label"]!).Select(same =>
            same.Count()));
        Assert.Empty(Directory.GetDirectories(Shared, ".2*"));
        await CheckLakeAsync();
    }

    // Six combinations, each in two blocks, and in each run four trials that count.
    private async Task CheckLakeAsync()
    {
        const string Sql = "SELECT kv_type, context_tokens, count(DISTINCT run_id) AS runs, count(*) AS trials FROM runs JOIN trials "
            + "USING (run_id) WHERE NOT is_warmup AND outcome = 'completed' GROUP BY ALL ORDER BY ALL";
        using var lake = await Memwall.RunAsync("lake", "query", Sql, "--json", "--lake", Path.Combine(Shared, "nano.experiment", "lake"));
        Assert.True(lake.ExitCode == 0, lake.Error);
        Assert.Equal(["f16 64: 2, 8", "f16 96: 2, 8", "f16 128: 2, 8", "q8_0 64: 2, 8", "q8_0 96: 2, 8", "q8_0 128: 2, 8"],
            lake.Json.AsArray().Select(row => $"{row!["kv_type"]} {row["context_tokens"]}: {row["runs"]}, {row["trials"]}"));
    }

    private Task<Memwall> RunAsync(string command, params string[] args) => RunWithSlurmAsync(["experiment", command, .. args, "--shared",
        Shared]);

    private async Task<Memwall> RunWithSlurmAsync(string[] args)
    {
        var memwall = Memwall.Start(args, start => start.Environment["SLURM_CONF"] = Path.Combine(_lab, "slurm.conf"));
        await memwall.ExitAsync();
        return memwall;
    }

    private string[] ListRuns() => !Directory.Exists(Shared) ? [] : [.. Directory.GetDirectories(Shared, "2*")
        .Select(path => Path.GetFileName(path)!).Order(StringComparer.Ordinal)];

    private bool HaveTasksEnded() => Squeue("--states=PENDING,RUNNING,COMPLETING,CONFIGURING").Length == 0;

    private async Task<(int Cell, string Node)> KillBusyNodeAsync()
    {
        (int Cell, string Node)? busy = null;
        await WaitForAsync(() => (busy = FindBusyNode()) is not null);
        Assert.Equal(0, Lab("kill-node", _lab, busy!.Value.Node).ExitCode);
        return busy.Value;
    }

    // A task that has said so has begun for Slurm too, which starts others again by itself. One that has just begun has the most left to
    // do.
    private (int Cell, string Node)? FindBusyNode() => Directory
        .GetFiles(Path.Combine(Shared, "nano.experiment", "attempts"), "*.started.json")
        .Where(path => TimeProvider.System.GetUtcNow() - File.GetLastWriteTimeUtc(path) < s_justNow)
        .OrderByDescending(File.GetLastWriteTimeUtc)
        .Select(path => JsonNode.Parse(File.ReadAllText(path))!)
        .Select(start => ((int Cell, string Node)?)((int)start["cell"]!, (string)start["host"]!))
        .FirstOrDefault(start => !HasEnded(start!.Value.Cell) && !HasRun(start.Value.Cell));

    private bool HasEnded(int cell) => File.Exists(Path.Combine(Shared, "nano.experiment", "attempts", $"{cell:00000}-0001.ended.json"));

    private bool HasRun(int cell) =>
        ListRuns().Any(run => run.EndsWith(string.Create(CultureInfo.InvariantCulture, $"-{cell:000}"), StringComparison.Ordinal));

    private string Squeue(string states) => Execute("squeue", ["-h", states, "-o", "%i"]).Output.Trim();

    // Daemons may keep a pipe open, so what is said goes to a file.
    private (int ExitCode, string Error) Lab(params string[] arguments)
    {
        var said = Path.Combine(_root, "lab.txt");
        var (exitCode, _) = Execute("bash", ["-c", "exec \"$@\" 2> \"$0\"", said,
            Path.Combine(Repository(), "tests", "Slurm", "lab.sh"), .. arguments]);
        return (exitCode, File.ReadAllText(said));
    }

    private (int ExitCode, string Output) Execute(string program, string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true };
        start.Environment["SLURM_CONF"] = Path.Combine(_lab, "slurm.conf");
        using var process = Process.Start(start)!;
        var output = process.StandardOutput.ReadLine() is { } first ? first : "";
        process.WaitForExit();
        return (process.ExitCode, output);
    }

    private static async Task WaitForAsync(Func<bool> holds)
    {
        var started = Stopwatch.StartNew();
        while (!holds())
        {
            Assert.True(started.Elapsed < s_patience, "waited in vain");
            await Task.Delay(100);
        }
    }

    private static string Repository([CallerFilePath] string path = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(path)!, "..", ".."));
}
