using System.Text.Json.Nodes;

namespace MemoryWall.Cli.Tests;

/// <summary>Experiments on this machine, by the program.</summary>
public sealed class ExperimentTests : IDisposable
{
    private readonly RunsFolder _runs = new();

    public void Dispose() => _runs.Dispose();

    private string WriteFile(string text)
    {
        var path = Path.Combine(_runs.Path, "experiment file.yaml");
        File.WriteAllText(path, text);
        return path;
    }

    // Ids of runs begin with the year.
    private string[] ListRuns() =>
        [.. Directory.GetDirectories(_runs.Path, "2*").Select(path => Path.GetFileName(path)!).Order(StringComparer.Ordinal)];

    [LongFact]
    public async Task Run_StoppedAndResumed_EachCellIsARunAndNoneIsMeasuredTwice()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "sends a signal");
        // Each first cell is short, and the last ones are long enough to be stopped.
        var file = WriteFile($$"""
            name: stopped
            axes: {targets: ["{{Memwall.Tiny}}"], contexts: ["64", "8k,64,65,66,67,68,69,70"], threads: [1]}
            order: {by: as-given}
            sweep: {output_tokens: 8, warmups: 0, telemetry_hz: 0}
            """);
        var lake = Path.Combine(_runs.Path, ".lake");
        string[] run = ["experiment", "run", file, "--runs", _runs.Path, "--lake", lake];
        using var first = Memwall.Start(run);
        await first.WaitForAsync(() => ListRuns().Length == 1 && first.Error.Contains("cell 2 of 2: trial 1", StringComparison.Ordinal));
        first.Interrupt();
        Assert.Equal(130, await first.ExitAsync());
        var done = ListRuns().Single();
        var before = File.GetLastWriteTimeUtc(Path.Combine(_runs.Path, done, "trials.csv"));

        using var again = await InProcess.RunAsync(run);
        Assert.Equal(2, again.ExitCode);
        Assert.Contains("add --resume to go on with it", again.Error);
        using var status = await InProcess.RunAsync("experiment", "status", file, "--runs", _runs.Path);
        Assert.Equal(4, status.ExitCode);
        Assert.Contains("2 cells, 1 failed, 1 done", status.Output);
        using var resumed = await InProcess.RunAsync([.. run, "--resume", "--json"]);

        Assert.Equal(0, resumed.ExitCode);
        Assert.Equal(["done", "done"], resumed.Json["cells"]!.AsArray().Select(cell => (string)cell!["state"]!));
        Assert.Equal([1, 2], resumed.Json["cells"]!.AsArray().Select(cell => (int)cell!["attempts"]!));
        Assert.Equal(2, ListRuns().Length);
        Assert.Equal(before, File.GetLastWriteTimeUtc(Path.Combine(_runs.Path, done, "trials.csv")));
        // The interrupted cell went on with its own run.
        var continued = Path.Combine(_runs.Path, ListRuns()[1]);
        Assert.Contains("\"resumed\"", File.ReadAllText(Path.Combine(continued, "events.jsonl")));
        var manifest = JsonNode.Parse(File.ReadAllText(Path.Combine(continued, "run.json")))!;
        Assert.Equal(Path.GetFileName(continued), (string)manifest["run_id"]!);
        Assert.Contains("cell 2 of 2, block 1", (string)manifest["note"]!);
        Assert.Empty(Directory.GetFileSystemEntries(Path.Combine(_runs.Path, "stopped.experiment", "unfinished"), "2*"));
        // The lake has each result once.
        Assert.Equal(2, Directory.GetFiles(Path.Combine(lake, "runs"), "*.parquet", SearchOption.AllDirectories).Length);
        using var retry = await InProcess.RunAsync("experiment", "retry", file, "--failed", "--runs", _runs.Path);
        Assert.Equal(2, retry.ExitCode);
        Assert.Contains("runs on one machine", retry.Error);
        await CheckStatusAddsAsync(file, lake);
    }

    // A task of a cluster that is killed after its run is stored and before it adds the run to the lake leaves this.
    private async Task CheckStatusAddsAsync(string file, string lake)
    {
        var kept = Directory.GetFiles(Path.Combine(lake, "runs"), "*.parquet", SearchOption.AllDirectories);
        foreach (var path in kept.Where(path => path.Contains(ListRuns()[1], StringComparison.Ordinal)))
            File.Delete(path);
        File.WriteAllText(Path.Combine(_runs.Path, "stopped.experiment", "rounds", "0003.json"), new JsonObject
        {
            ["number"] = 3,
            ["started_utc"] = "2026-11-01T00:00:00Z",
            ["jobs"] = new JsonArray(),
            ["lake"] = lake,
        }.ToJsonString());

        using var status = await InProcess.RunAsync("experiment", "status", file, "--runs", _runs.Path);
        using var again = await InProcess.RunAsync("experiment", "status", file, "--runs", _runs.Path);

        Assert.Equal(["Added the run of cell 2 to the lake; its task was killed before it did so."],
            status.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Trim()));
        Assert.Empty(again.Error);
        Assert.Equal(2, Directory.GetFiles(Path.Combine(lake, "runs"), "*.parquet", SearchOption.AllDirectories).Length);
    }

    [Fact]
    public async Task Plan_Cells_HaveTheirMemoryAndWhatIsReachedIsSaid()
    {
        var document = Path.Combine(_runs.Path, "secret.txt");
        var file = WriteFile($$"""
            name: far
            axes: {targets: ["ollama://127.0.0.1:1", embedded], models: [nano, small], contexts: [512, 1M]}
            exclude: [{targets: embedded, models: small}]
            requires: {gpus: 0}
            sweep: {document: "{{document}}"}
            """);
        using var missing = await InProcess.RunAsync("experiment", "plan", file, "--runs", _runs.Path);
        Assert.Equal(2, missing.ExitCode);
        Assert.Contains("document", missing.Error);
        File.WriteAllText(document, "text");

        using var plan = await InProcess.RunAsync("experiment", "plan", file, "--runs", _runs.Path);

        Assert.Equal(0, plan.ExitCode);
        Assert.Contains("contacts 'ollama://127.0.0.1:1/nano'", plan.Output);
        Assert.Contains($"reads and sends the file '{document}'", plan.Output);
        Assert.Contains("6 cells", plan.Output);
        Assert.Contains("MiB", plan.Output);
        Assert.Empty(ListRuns());
        Assert.False(Directory.Exists(Path.Combine(_runs.Path, "far.experiment")));
    }

    [Fact]
    public async Task Experiment_WrongUse_SaysWhatIsRight()
    {
        var file = WriteFile("name: x\naxes:\n  contexts: [64]\n  kv_types: [f16, f8]\n");
        using var wrong = await InProcess.RunAsync("experiment", "run", file, "--runs", _runs.Path);
        Assert.Equal(2, wrong.ExitCode);
        Assert.Contains($"{file}:4: axes.kv_types: KV type: 'f8'", wrong.Error);
        using var schema = await InProcess.RunAsync("experiment", "schema");
        Assert.Contains("axes.kv_types", schema.Output);
        using var none = await InProcess.RunAsync("experiment", "status", WriteFile("name: x\naxes: {contexts: 64}\n"), "--runs",
            _runs.Path);
        Assert.Equal(5, none.ExitCode);
        Assert.Contains("There is no experiment in", none.Error);
    }

    [Fact]
    public async Task Submit_WithoutSlurm_SaysWhatIsMissing()
    {
        var file = WriteFile("name: x\naxes: {contexts: 64}\n");
        using var submit = Memwall.Start(["experiment", "submit", file, "--slurm", "--runs", _runs.Path],
            start => start.Environment["PATH"] = DotnetFolder());
        Assert.Equal(3, await submit.ExitAsync());
        Assert.Contains("sinfo cannot be started", submit.Error);
        Assert.Contains("slurm-client", submit.Error);
        Assert.False(Directory.Exists(Path.Combine(_runs.Path, "x.experiment")));
    }

    // The program itself needs no other folder.
    private static string DotnetFolder() => Path.GetDirectoryName(Path.GetDirectoryName(Path.GetDirectoryName(Path.GetDirectoryName(
        typeof(object).Assembly.Location))))!;
}
