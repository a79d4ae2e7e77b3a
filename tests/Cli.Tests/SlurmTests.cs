using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;

namespace MemoryWall.Cli.Tests;

/// <summary>An experiment on a real Slurm of three nodes on this machine, one of which fails.</summary>
public sealed class SlurmTests : IDisposable
{
    private const string Required = "MEMWALL_REQUIRE_TOOLS";
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(2);

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

    [Fact]
    public async Task Submit_ANodeFailsInTheMiddle_RetryFinishesAndEachCellIsThereOnce()
    {
        Assert.SkipWhen(Environment.GetEnvironmentVariable(Required) is null,
            $"needs a cluster on this machine; set {Required} to run it");
        CheckPrograms("slurmctld", "slurmd", "munged", "setsid");
        Assert.Equal(0, Lab("start", _lab, Environment.ProcessId.ToString(CultureInfo.InvariantCulture)));
        // The shipped example, with cells that last some seconds, so that one of them is caught in the middle.
        var example = await File.ReadAllTextAsync(Path.Combine(Repository(), "data", "experiments", "nano.yaml"),
            TestContext.Current.CancellationToken);
        var file = Path.Combine(_root, "nano.yaml");
        await File.WriteAllTextAsync(file, example.Replace("output_tokens: 4", "output_tokens: 4\n  trials: 4", StringComparison.Ordinal),
            TestContext.Current.CancellationToken);

        using var submit = await RunAsync("submit", file, "--slurm", "--scratch", Path.Combine(_root, "scratch"));
        Assert.True(submit.ExitCode == 0, submit.Error);
        // After the first cell is done. A task that ended just before its node does not count, and there are two more nodes.
        await WaitForAsync(() => ListRuns().Length > 0);
        var (cell, node) = await KillBusyNodeAsync();
        if (HasEnded(cell))
            (cell, node) = await KillBusyNodeAsync();
        await WaitForAsync(() => Squeue("--states=PENDING,RUNNING,COMPLETING,CONFIGURING").Length == 0);

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
        await WaitForAsync(() => ListRuns().Length == 12);

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
        using var lake = await Memwall.RunAsync("lake", "query", "SELECT count(*) AS n, count(DISTINCT run_id) AS ids FROM runs", "--json",
            "--lake", Path.Combine(Shared, "nano.experiment", "lake"));
        Assert.True(lake.ExitCode == 0, lake.Error);
        Assert.Contains("12", lake.Output);
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

    private async Task<(int Cell, string Node)> KillBusyNodeAsync()
    {
        (int Cell, string Node)? busy = null;
        await WaitForAsync(() => (busy = FindBusyNode()) is not null);
        Assert.Equal(0, Lab("kill-node", _lab, busy!.Value.Node));
        return busy.Value;
    }

    // A task that has said so has begun for Slurm too, which starts others again by itself. The last one has the most left to do.
    private (int Cell, string Node)? FindBusyNode() => Directory
        .GetFiles(Path.Combine(Shared, "nano.experiment", "attempts"), "*.started.json")
        .OrderByDescending(File.GetLastWriteTimeUtc)
        .Select(path => JsonNode.Parse(File.ReadAllText(path))!)
        .Select(start => ((int Cell, string Node)?)((int)start["cell"]!, (string)start["host"]!))
        .FirstOrDefault(start => !HasEnded(start!.Value.Cell));

    private bool HasEnded(int cell) => File.Exists(Path.Combine(Shared, "nano.experiment", "attempts", $"{cell:00000}-0001.ended.json"));

    private string Squeue(string states) => Execute("squeue", ["-h", states, "-o", "%i"]).Output.Trim();

    private int Lab(params string[] arguments) => Execute(Path.Combine(Repository(), "tests", "Slurm", "lab.sh"), arguments).ExitCode;

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

    // Where the test is asked for, it must not be silently green.
    private static void CheckPrograms(params string[] programs)
    {
        var missing = programs.Where(name => !(Environment.GetEnvironmentVariable("PATH") ?? "").Split(':')
            .Any(folder => File.Exists(Path.Combine(folder, name)))).ToList();
        Assert.True(missing.Count == 0,
            $"{Required} is set, and these are missing: {string.Join(", ", missing)} (apt-get install slurm-wlm munge)");
    }

    private static string Repository([CallerFilePath] string path = "") =>
        Path.GetFullPath(Path.Combine(Path.GetDirectoryName(path)!, "..", ".."));
}
