namespace MemoryWall.Cli.Tests;

/// <summary>Intervals, comparison, limits and audits from the command line.</summary>
public sealed class StatisticsTests : IDisposable
{
    private readonly RunsFolder _runs = new();

    public void Dispose() => _runs.Dispose();

    private async Task<System.Text.Json.Nodes.JsonNode> SweepAsync(params string[] more)
    {
        using var memwall = await InProcess.RunAsync(
            ["sweep", "--target", Memwall.Tiny, "--output-tokens", "16", "--runs", _runs.Path, "--json", "--telemetry-hz", "0", .. more]);
        Assert.True(memwall.ExitCode == 0, memwall.Error);
        return memwall.Json;
    }

    [Fact]
    public async Task Sweep_Repeated_ContextsHaveIntervalsTokenTimesAndTheLimit()
    {
        using var load = MachineLoad.Watch();
        var json = await SweepAsync("--contexts", "100,400,800,1600", "--repetitions", "5", "--slo", "ttft=1m,itl=10s");
        var context = json["contexts"]![0]!;
        // A trial that a busy machine disturbs does not count, and four allow no interval of confidence.
        load.Judge(() => Assert.Equal("confidence", (string)context["generation_tps"]!["estimate"]!["kind"]!));
        Assert.True((double)context["generation_tps"]!["estimate"]!["interval"]!["low"]! > 0);
        Assert.Equal(15 * 5, (int)context["inter_token"]!["gaps"]!);
        Assert.Equal("native", (string)context["inter_token"]!["source"]!);
        Assert.Equal(1600, (int)json["goodput"]![0]!["largest_tokens"]!);
        Assert.Equal(3, json["fits"]![0]!["prefill"]!["terms"]!.AsArray().Count);
    }

    [LongFact]
    public async Task Sweep_Precision_RepeatsUntilTheBudgetIsSpentAndStoresThatItWasAsked()
    {
        var json = await SweepAsync("--contexts", "100,400", "--precision", "0.5%", "--budget", "3s");
        Assert.True(json["contexts"]!.AsArray().All(context => context!["trials"]!.AsArray().Count >= 5));
        Assert.Contains("\"budget_seconds\": 3", _runs.Read("run.json"), StringComparison.Ordinal);
    }

    [LongFact]
    public async Task Compare_TwoRuns_NamesWhatDiffersAndSaysWhatTheRatiosAllow()
    {
        var first = (string)(await SweepAsync("--contexts", "100,400", "--repetitions", "6"))["run_id"]!;
        var second = (string)(await SweepAsync("--contexts", "100,400", "--repetitions", "6", "--kv-type", "q8_0"))["run_id"]!;
        using var json = await InProcess.RunAsync("runs", "compare", first, second, "--margin", "200%", "--runs", _runs.Path, "--json");
        Assert.Equal(2, json.ExitCode);
        Assert.Contains("--margin: '200%'", json.Error, StringComparison.Ordinal);
        using var compared = await InProcess.RunAsync("runs", "compare", first, second, "--margin", "2%", "--runs", _runs.Path, "--json");
        Assert.Equal(0, compared.ExitCode);
        Assert.Equal("kv type", (string)compared.Json["differences"]!.AsArray().Single()!["name"]!);
        Assert.Equal(6, compared.Json["contexts"]!.AsArray().Count);
        using var people = await InProcess.RunAsync("runs", "compare", first, second, "--runs", _runs.Path);
        Assert.Contains("generation t/s", people.Output, StringComparison.Ordinal);
        Assert.Contains("differs: kv type", people.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Audit_OwnRunIsClean_AnotherFileIsNotTakenForClean()
    {
        await SweepAsync("--contexts", "100,400");
        using var own = await InProcess.RunAsync("audit", Directory.GetDirectories(_runs.Path).Single(), "--json");
        Assert.Equal(0, own.ExitCode);
        Assert.Equal("memwall", (string)own.Json[0]!["tool"]!);
        Assert.Empty(own.Json[0]!["doubts"]!.AsArray());

        var verbose = Path.Combine(_runs.Path, "verbose.txt");
        await File.WriteAllTextAsync(verbose,
            "total duration: 2s\nprompt eval count: 2050 token(s)\nprompt eval duration: 500ms\nprompt eval rate: 4100 tokens/s\neval "
            + "count: 1 token(s)\neval duration: 15µs\neval rate: 66666.67 tokens/s\n");
        using var doubted = await InProcess.RunAsync("audit", verbose);
        Assert.Equal(0, doubted.ExitCode);
        Assert.Contains("truncated-prompt", doubted.Output, StringComparison.Ordinal);
        Assert.Contains("ollama/ollama#17427", doubted.Output, StringComparison.Ordinal);
        Assert.Contains("zero-duration-rate", doubted.Output, StringComparison.Ordinal);

        var other = Path.Combine(_runs.Path, "other.txt");
        await File.WriteAllTextAsync(other, "hello");
        using var unknown = await InProcess.RunAsync("audit", other);
        Assert.Equal(5, unknown.ExitCode);
        Assert.Contains("not audited", unknown.Output, StringComparison.Ordinal);

        using var piped = Memwall.Start(["audit", "-", "--json"], start => start.RedirectStandardInput = true);
        await piped.Input.WriteAsync(await File.ReadAllTextAsync(verbose));
        piped.Input.Close();
        Assert.Equal(0, await piped.ExitAsync());
        Assert.Equal(("standard input", "ollama"), ((string)piped.Json[0]!["name"]!, (string)piped.Json[0]!["tool"]!));

        // A missing or unreadable file does not hide a readable one.
        using var missing = await InProcess.RunAsync("audit", Path.Combine(_runs.Path, "missing"), _runs.Path, verbose, "--json");
        Assert.Equal(5, missing.ExitCode);
        Assert.Equal([null, null, "ollama"], missing.Json.AsArray().Select(file => (string?)file!["tool"]));
        Assert.All(missing.Json.AsArray().Take(2), file => Assert.NotEmpty(file!["notes"]!.AsArray()));
    }

    [Theory]
    [InlineData("--slo", "ttft=fast", "--slo: 'ttft=fast'")]
    [InlineData("--precision", "0", "--precision: '0' is not a share")]
    [InlineData("--budget", "10m", "--budget needs --precision")]
    public async Task Sweep_BadOption_NamesItAndEndsAsUsage(string option, string value, string part)
    {
        using var memwall = await InProcess.RunAsync("sweep", option, value, "--runs", _runs.Path);
        Assert.Equal(2, memwall.ExitCode);
        Assert.Contains(part, memwall.Error, StringComparison.Ordinal);
    }
}
