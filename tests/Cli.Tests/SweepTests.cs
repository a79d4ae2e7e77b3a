using System.Text.Json.Nodes;

namespace MemoryWall.Cli.Tests;

public sealed class SweepTests : IDisposable
{
    private readonly RunsFolder _runs = new();

    public void Dispose() => _runs.Dispose();

    // Without telemetry: on a busy machine every trial is flagged because of interference.
    private string[] Sweep(string contexts, params string[] more) =>
        ["sweep", "--target", Memwall.Tiny, "--contexts", contexts, "--output-tokens", "8", "--runs", _runs.Path, "--json",
            "--telemetry-hz", "0", .. more];

    private static IEnumerable<JsonNode> Measured(JsonNode json) =>
        json["trials"]!.AsArray().Where(trial => (int)trial!["repetition"]! > 0)!;

    [Fact]
    public async Task Sweep_Embedded_EveryTrialCountsExactlyAndHasItsRates()
    {
        using var memwall = await Memwall.RunAsync(Sweep("100,1k,3001", "--repetitions", "2"));

        Assert.Equal(0, memwall.ExitCode);
        var trials = Measured(memwall.Json).ToList();
        Assert.Equal(6, trials.Count);
        foreach (var trial in trials)
        {
            Assert.Equal("completed", (string)trial["outcome"]!);
            Assert.Equal((int)trial["context_tokens"]!, (int)trial["counted_prompt_tokens"]!);
            Assert.Equal(0, (int)trial["cached_prompt_tokens"]!);
            Assert.Equal(8, (int)trial["output_tokens"]!);
            Assert.Empty(trial["flags"]!.AsArray());
            foreach (var field in new[] { "load_seconds", "ttft_seconds", "prefill_seconds", "generation_seconds", "prefill_tps",
                "generation_tps", "blended_tps" })
                Assert.True((double)trial[field]! > 0, $"{field} is {trial[field]}");
            Assert.True((double)trial["native_prefill_seconds"]! <= (double)trial["ttft_seconds"]!, "TTFT holds the prefill");
        }
        Assert.Equal(6, trials.Select(trial => (string)trial["nonce"]!).Distinct().Count());
        foreach (var file in new[] { "run.json", "trials.csv", "tokens.csv", "events.jsonl", "server.log" })
            Assert.NotEqual("", _runs.Read(file));
    }

    [LongFact]
    public async Task Sweep_Watched_PhasesHaveTheirReadingsAndTheServerIsSeen()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "the checked columns exist on Linux only");
        using var memwall = await Memwall.RunAsync("sweep", "--target", Memwall.Slow, "--contexts", "1k", "--output-tokens", "32",
            "--runs", _runs.Path, "--json", "--telemetry-hz", "50");
        Assert.Equal(0, memwall.ExitCode);
        var phases = memwall.Json["phases"]!.AsArray();
        var prefill = phases.Single(phase => (string)phase!["phase"]! == "prefill")!;
        // The named limit depends on what else the machine does, but it always rests on readings.
        Assert.NotEmpty(prefill["verdicts"]![0]!["evidence"]!.AsArray());
        // Without a measured ceiling, because of other work on the machine, there is no share of it.
        Assert.InRange((double?)prefill["mfu"] ?? 1, double.Epsilon, 1);
        var lines = _runs.Read("telemetry.csv").Split('\n');
        var column = Array.IndexOf(lines[0].Split(','), "server_rss_anon_bytes");
        Assert.True(column > 0, lines[0]);
        Assert.Contains(lines[1..],
            line => line.Split(',').ElementAtOrDefault(column) is { Length: > 0 } bytes
                && double.Parse(bytes, System.Globalization.CultureInfo.InvariantCulture) > 10e6);
        Assert.Contains("\"sampled\"", _runs.Read("events.jsonl"));
        Assert.Contains("\"absent\"", _runs.Read("run.json"));
    }

    [Fact]
    public async Task Sweep_SettingsOfTheTarget_ReachIt()
    {
        using var memwall = await InProcess.RunAsync(
            Sweep("1k", "--kv-type", "q8_0", "--flash-attention", "on", "--threads", "1", "--batch", "256"));
        Assert.Equal(0, memwall.ExitCode);
        var trial = Measured(memwall.Json).Single();
        // 2 layers, K and V of 2 heads × 32, 34 bytes for 32 elements, 1,280 cells.
        Assert.InRange((double)trial["kv_bytes"]!, 1280 * 256 * 34 / 32.0 - 11_000, 1280 * 256 * 34 / 32.0 + 11_000);
    }

    [Fact]
    public async Task Sweep_Concurrency_EachStreamIsATrialAndTheWaitIsSeen()
    {
        using var memwall = await InProcess.RunAsync(Sweep("2k", "--concurrency", "1,3"));
        Assert.Equal(0, memwall.ExitCode);
        var trials = Measured(memwall.Json).ToList();
        Assert.Equal(4, trials.Count);
        var together = trials.Where(trial => (int)trial["concurrency"]! == 3).ToList();
        Assert.Equal([1, 2, 3], together.Select(trial => (int)trial["stream"]!).Order());
        var summary = memwall.Json["together"]!.AsArray().Single()!;
        Assert.Equal(3, (int)summary["completed"]!);
        Assert.True((double)summary["total_tps"]! > 0);
        // The embedded server takes one request at a time: the last stream waits for the two before it.
        Assert.True((double)summary["longest_queue_seconds"]! > together.Sum(trial => (double)trial["native_prefill_seconds"]!) / 3,
            $"{summary}");
        Assert.InRange((double)summary["fairness"]!, 1 / 3.0, 0.999);
    }

    [Fact]
    public async Task Sweep_Document_CountsExactly()
    {
        var document = Path.Combine(_runs.Path, "document.txt");
        await File.WriteAllTextAsync(document,
            string.Concat(Enumerable.Range(0, 300).Select(n => $"Line {n}: the wall stands where memory ends — “so we say”.\r\n")));
        using var memwall = await InProcess.RunAsync(Sweep("200,5000", "--document", document));
        Assert.Equal(0, memwall.ExitCode);
        Assert.All(Measured(memwall.Json), trial => Assert.Equal((int)trial["context_tokens"]!, (int)trial["counted_prompt_tokens"]!));
    }

    [LongFact]
    public async Task Sweep_WarmPrefix_IsLabelledAndHasNoPrefillRate()
    {
        using var memwall = await InProcess.RunAsync(Sweep("1k,2k", "--warm-prefix", "--order", "ascending", "--repetitions", "2"));
        var trials = Measured(memwall.Json).ToList();
        Assert.All(trials, trial => Assert.Contains("warm_prefix", trial["flags"]!.AsArray().Select(flag => (string)flag!)));
        // A new context starts with an empty cache; the second trial of the same context finds the first one's prompt.
        Assert.All(trials, trial => Assert.True((int)trial["cached_prompt_tokens"]! == 0 || trial["prefill_tps"] is null));
        using var again = await InProcess.RunAsync(Sweep("1k", "--warm-prefix", "--repetitions", "2"));
        var warm = Measured(again.Json).Last();
        Assert.Equal(1023, (int)warm["cached_prompt_tokens"]!);
        Assert.Null(warm["prefill_tps"]);
    }

    [Fact]
    public async Task Sweep_PlainOutput_TableAndVerdictsOnStandardOutputOnly()
    {
        using var load = MachineLoad.Watch();
        using var memwall = await Memwall.RunAsync("sweep", "--target", Memwall.Tiny, "--contexts", "100,1k", "--output-tokens", "8",
            "--runs", _runs.Path);
        Assert.Equal(0, memwall.ExitCode);
        Assert.Contains("prefill", memwall.Output);
        Assert.Contains("Not shown: 1 warm-up trial.", memwall.Output);
        Assert.DoesNotContain("\u001b", memwall.Output);
        Assert.Contains("trial 1", memwall.Error);
        // Trials that a busy machine disturbs are compared with nothing.
        load.Judge(() => Assert.Contains("From 100 to 1k the prefill rate", memwall.Output));
    }

    [Theory]
    [InlineData("contexts", "--contexts", "64k")]
    [InlineData("contexts", "--contexts", "2")]
    [InlineData("KV type", "--kv-type", "f8")]
    [InlineData("output tokens", "--output-tokens", "1")]
    [InlineData("target", "--target", "embedded:/no/such/file.gguf")]
    [InlineData("target", "--target", "embedded:layers=0")]
    [InlineData("target", "--target", "ollama://localhost:1/model")]
    [InlineData("document", "--document", "/no/such/file.txt")]
    public async Task Sweep_CannotRun_SaysWhatAndWouldBeRight(string subject, string option, string value)
    {
        string[] args = ["sweep", "--target", Memwall.Tiny, "--contexts", "512", "--runs", _runs.Path, "--json", "--telemetry-hz", "0"];
        var at = Array.IndexOf(args, option);
        using var memwall = await InProcess.RunAsync(at < 0 ? [.. args, option, value] : [.. args[..(at + 1)], value, .. args[(at + 2)..]]);
        Assert.Equal(3, memwall.ExitCode);
        Assert.Equal(subject, (string)memwall.Json["findings"]!.AsArray().First(finding => (bool)finding!["stops_the_run"]!)!["subject"]!);
        Assert.Null(_runs.Run);
    }

    [Fact]
    public async Task Sweep_SeveralThingsWrong_AllAreReportedAtOnce()
    {
        using var memwall = await InProcess.RunAsync("sweep", "--target", Memwall.Tiny, "--contexts", "64k", "--repetitions", "0",
            "--output-tokens", "1", "--runs", _runs.Path);
        Assert.Equal(3, memwall.ExitCode);
        foreach (var subject in new[] { "contexts", "repetitions", "output tokens" })
            Assert.Contains($"cannot run: {subject}", memwall.Error);
    }

    [Theory]
    [InlineData("sweep", "--contexts", "zwei")]
    [InlineData("sweep", "--order", "backwards")]
    [InlineData("sweep", "--limit-load", "-1")]
    [InlineData("sweep", "--no-such-option")]
    [InlineData("dance")]
    [InlineData("prompt")]
    [InlineData("forecast", "--model", "no-such-model")]
    public async Task AnyCommand_WrongUsage_ExitsWith2(params string[] args)
    {
        using var memwall = await InProcess.RunAsync(args);
        Assert.Equal(2, memwall.ExitCode);
        Assert.NotEqual("", memwall.Error);
        Assert.Equal("", memwall.Output);
    }

    [LongFact]
    public async Task Sweep_TwoAtOnce_BothComplete()
    {
        using var one = Memwall.Start(Sweep("1k"));
        using var other = Memwall.Start(Sweep("1k"));
        Assert.Equal(0, await one.ExitAsync());
        Assert.Equal(0, await other.ExitAsync());
        Assert.NotEqual((string)one.Json["run_id"]!, (string)other.Json["run_id"]!);
    }

    [Fact]
    public async Task Runs_ListShowExport_ReadWhatASweepStored()
    {
        using var sweep = await InProcess.RunAsync(Sweep("100"));
        var id = (string)sweep.Json["run_id"]!;
        using var list = await InProcess.RunAsync("runs", "list", "--runs", _runs.Path);
        Assert.Contains(id, list.Output);
        using var show = await InProcess.RunAsync("runs", "show", id[..^3], "--runs", _runs.Path, "--json");
        Assert.True(JsonNode.DeepEquals(sweep.Json["trials"], show.Json["trials"]));
        using var export = await InProcess.RunAsync("runs", "export", id, "--runs", _runs.Path);
        var lines = export.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Contains("prefill_tps", lines[0]);
        Assert.Equal(3, lines.Length);
        using var missing = await InProcess.RunAsync("runs", "show", "../etc", "--runs", _runs.Path);
        Assert.Equal(5, missing.ExitCode);
    }

    [Fact]
    public async Task Prompt_PrintedAndCounted_AgreesAndRepeatsByNonce()
    {
        using var print = await Memwall.RunAsync("prompt", "300", "--model", "nano");
        Assert.Equal(0, print.ExitCode);
        var file = Path.Combine(_runs.Path, "prompt.txt");
        await File.WriteAllTextAsync(file, print.Output[..^Environment.NewLine.Length]);
        using var count = await InProcess.RunAsync("prompt", "--count", file, "--model", "nano");
        Assert.Equal("300", count.Output.Trim());
        var nonce = print.Error[(print.Error.IndexOf("nonce: ", StringComparison.Ordinal) + "nonce: ".Length)..].Trim();
        using var again = await Memwall.RunAsync("prompt", "300", "--model", "nano", "--nonce", nonce);
        Assert.Equal(print.Output, again.Output);
    }

    [Fact]
    public async Task Forecast_Json_HasRowsAndTheWall()
    {
        using var forecast = await InProcess.RunAsync("forecast", "--model", "llama-3.1-8b", "--budget", "16GiB", "--contexts", "8k",
            "--json");
        Assert.Equal(0, forecast.ExitCode);
        // 32 layers × 2 × 8 heads × 128 × 2 bytes = 128 KiB a token.
        Assert.Equal(8192L * 131_072, (long)forecast.Json["rows"]![0]!["kv_bytes"]!);
        Assert.True((int)forecast.Json["wall_tokens"]! > 8192);
    }
}
