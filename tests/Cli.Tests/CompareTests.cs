using MemoryWall.ScriptedServer;

namespace MemoryWall.Cli.Tests;

/// <summary>Comparisons of two external servers, which memwall does not start.</summary>
public sealed class CompareTests : IDisposable
{
    private readonly RunsFolder _runs = new();

    public void Dispose() => _runs.Dispose();

    private static Behaviour Generating(double milliseconds) =>
        new() { Prefill = TimeSpan.FromMilliseconds(50), Step = TimeSpan.FromMilliseconds(milliseconds) };

    [LongFact]
    public async Task Compare_TwoEndpoints_TakeTurnsAndHaveAGainWithItsInterval()
    {
        await using var standard = OllamaScript.Start(Generating(20), OllamaGeneration.New);
        await using var product = OpenAiScript.Start(Generating(5));
        using var load = MachineLoad.Watch();
        using var memwall = await InProcess.RunAsync(
            "compare", "--system", $"standard=ollama://{standard.Endpoint.Authority}/tiny", "--system",
            $"aidaptiv=openai://{product.Endpoint.Authority}/tiny",
            "--contexts", "512,2k", "--repetitions", "3", "--output-tokens", "16", "--runs", _runs.Path, "--json", "--telemetry-hz", "0");

        Assert.True(memwall.ExitCode == 0, memwall.Error);
        Assert.Equal(["standard", "aidaptiv"], memwall.Json["systems"]!.AsArray().Select(system => (string)system!["name"]!));
        Assert.All(memwall.Json["systems"]!.AsArray().SelectMany(system => system!["cells"]!.AsArray()),
            cell => Assert.True((bool)cell!["is_usable"]! && (double)cell["ttft_seconds"]! >= 0.05));
        var gains = memwall.Json["gains"]!.AsArray();
        Assert.Equal(2, gains.Count);
        // The scripted factor is 4.
        load.Judge(() => Assert.All(gains, gain => Assert.InRange((double)gain!["factor"]!, 2, 5)));
        Assert.All(gains, gain => Assert.True((double)gain!["low"]! <= (double)gain["high"]!));
    }

    [Fact]
    public async Task Compare_OneEndpointDown_NeitherIsMeasured()
    {
        await using var server = OpenAiScript.Start(Generating(5));
        using var memwall = await InProcess.RunAsync(
            "compare", "--system", "standard=ollama://127.0.0.1:9/tiny", "--system", $"aidaptiv=openai://{server.Endpoint.Authority}/tiny",
            "--contexts", "512", "--output-tokens", "4", "--runs", _runs.Path, "--telemetry-hz", "0");
        Assert.Equal(3, memwall.ExitCode);
        Assert.Contains("standard: cannot run", memwall.Error);
        Assert.DoesNotContain("aidaptiv completes", memwall.Output);
    }

    [Theory]
    [InlineData("managed@fast", "--system: 'fast' is not a bandwidth")]
    [InlineData("managed@550MB/s,soon", "--system: 'soon' is not a latency")]
    [InlineData("unheard-of", "--system: 'unheard-of' is unknown")]
    public async Task Compare_SystemThatCannotBeRead_IsNamed(string system, string said)
    {
        using var memwall = await InProcess.RunAsync("compare", "--cap", "700MiB", "--system", system, "--runs", _runs.Path);
        Assert.Equal(2, memwall.ExitCode);
        Assert.Contains(said, memwall.Error);
    }

    [LongFact]
    public async Task Sweep_ResumeFromSlots_FirstTokenComesSooner()
    {
        await using var server = LyingServer.Start(
            new LlamaServerScript(
                new Behaviour { Prefill = TimeSpan.FromSeconds(1), Step = TimeSpan.FromMilliseconds(2) })
            { Slots = new ScriptedSlots { Restore = TimeSpan.FromMilliseconds(100) } }.Answer);
        using var load = MachineLoad.Watch();
        using var memwall = await InProcess.RunAsync("sweep", "--target", $"llama-server://{server.Endpoint.Authority}", "--method",
            "resume", "--contexts", "512", "--output-tokens", "4", "--runs", _runs.Path, "--json", "--telemetry-hz", "0");
        Assert.True(memwall.ExitCode == 0, memwall.Error);
        load.Judge(() => Assert.InRange((double)memwall.Json["resumes"]!.AsArray().Single()!["factor"]!["value"]!, 2, 11));
    }

    [Fact]
    public async Task Sweep_ResumeFromTheTier_ComputedAndTakenUpAndNothingIsLeft()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "the storage tier needs Linux");
        var tier = Directory.CreateTempSubdirectory("memwall-cli-tier-").FullName;
        try
        {
            using var memwall = await InProcess.RunAsync("sweep", "--target", Memwall.Tiny, "--method", "resume", "--tier", tier + ",1G",
                "--contexts", "300,3k", "--repetitions", "2", "--output-tokens", "8", "--runs", _runs.Path, "--json", "--telemetry-hz",
                "0");
            Assert.True(memwall.ExitCode == 0, memwall.Error);
            var trials = memwall.Json["trials"]!.AsArray().Where(trial => (int)trial!["repetition"]! > 0).ToList();
            Assert.Equal(8, trials.Count);
            Assert.All(trials, trial => Assert.Equal("completed", (string)trial!["outcome"]!));
            Assert.All(trials.Where(trial => (string)trial!["method"]! == "resume"),
                trial => Assert.Equal((int)trial!["context_tokens"]!, (int)trial["tier_resumed_tokens"]!));
            var gains = memwall.Json["resumes"]!.AsArray();
            Assert.Equal([300, 3072], gains.Select(gain => (int)gain!["context_tokens"]!));
            Assert.All(gains, gain => Assert.True((double)gain!["state_bytes"]! > 0 && (double)gain["read_bytes_per_second"]! > 0));
            Assert.Empty(Directory.GetFiles(tier, "memwall-state-*"));
        }
        finally
        {
            Directory.Delete(tier, recursive: true);
        }
    }

    [Fact]
    public async Task Sweep_ResumeWithoutATier_IsRefusedBeforeAnythingIsMeasured()
    {
        using var memwall = await InProcess.RunAsync("sweep", "--target", Memwall.Tiny, "--method", "resume", "--contexts", "300", "--runs",
            _runs.Path, "--telemetry-hz", "0");
        Assert.Equal(3, memwall.ExitCode);
        Assert.Contains("--tier FOLDER", memwall.Error);
    }
}
