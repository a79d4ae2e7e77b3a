using System.Text.Json.Nodes;

namespace MemoryWall.Cli.Tests;

/// <summary>Incremental sweeps on the real server.</summary>
public sealed class MethodTests : IDisposable
{
    private readonly RunsFolder _runs = new();

    public void Dispose() => _runs.Dispose();

    private string[] Sweep(string contexts, string method, string target = Memwall.Tiny, params string[] more) =>
        ["sweep", "--target", target, "--contexts", contexts, "--method", method, "--output-tokens", "8", "--runs", _runs.Path, "--json",
            "--telemetry-hz", "0", .. more];

    private static List<(string Method, int Context, string Outcome)> Measured(JsonNode json) =>
        [.. json["trials"]!.AsArray().Where(trial => (int)trial!["repetition"]! > 0)
            .Select(trial => ((string)trial!["method"]!, (int)trial["context_tokens"]!, (string)trial["outcome"]!))];

    [Fact]
    public async Task Sweep_Auto_OnePassItsRefereesAndTheirAgreement()
    {
        using var memwall = await InProcess.RunAsync(Sweep("500,1k,2k,4k", "auto"));

        Assert.Equal(0, memwall.ExitCode);
        Assert.Equal(
            [("depth", 500, "completed"), ("depth", 1024, "completed"), ("depth", 2048, "completed"), ("depth", 4096, "completed"),
                ("cold", 500, "completed"), ("cold", 1024, "completed")],
            Measured(memwall.Json));
        var depth = memwall.Json["trials"]!.AsArray().Where(trial => (string)trial!["method"]! == "depth").ToList();
        Assert.Single(depth.Select(trial => (string)trial!["nonce"]!).Distinct());
        Assert.All(depth,
            trial =>
                Assert.True(
                    (double)trial!["prefill_tps"]! > 0 && (double)trial["generation_tps"]! > 0 && (long)trial["kv_bytes_in_use"]! > 0));
        Assert.Equal(depth.Select(trial => (double)trial!["native_prefill_seconds"]!).Order(),
            depth.Select(trial => (double)trial!["native_prefill_seconds"]!));
        Assert.Equal([500, 1024], memwall.Json["agreements"]!.AsArray().Select(at => (int)at!["context_tokens"]!));
        Assert.Contains(memwall.Json["verdicts"]!.AsArray(), verdict => (string)verdict!["topic"]! == "agreement");
        // Every batch of the one prompt was computed once, so the marks of the sweep are its whole curve.
        var marks = _runs.Read("tokens.csv").Split('\n').Where(line => line.Contains(",prefill,", StringComparison.Ordinal))
            .Select(line => line.Split(',')).ToList();
        var pass = depth.Select(trial => $"{trial!["number"]}").ToHashSet();
        var curve = marks.Where(cells => pass.Contains(cells[0]))
            .Select(cells => int.Parse(cells[2], System.Globalization.CultureInfo.InvariantCulture)).ToList();
        Assert.Equal(curve.Distinct().Order(), curve);
        Assert.Equal(4096, curve[^1]);
    }

    [LongFact]
    public async Task Sweep_SyntheticDepth_IsLabelledHasNoWholePrefillRateAndIsComparedWithAComputedPoint()
    {
        using var memwall = await InProcess.RunAsync(Sweep("1k,4k,16k", "incremental", Memwall.Tiny, "--prefill", "synthetic"));

        Assert.Equal(0, memwall.ExitCode);
        foreach (var trial in memwall.Json["trials"]!.AsArray().Where(trial => (string)trial!["method"]! == "sampled"))
        {
            Assert.Empty(trial!["flags"]!.AsArray());
            Assert.Equal((int)trial["context_tokens"]! - 512, (int)trial["jumped_prompt_tokens"]!);
            Assert.Null(trial["prefill_tps"]);
            Assert.Null(trial["blended_tps"]);
            Assert.True((double)trial["prefill_at_depth_tps"]! > 0 && (double)trial["generation_tps"]! > 0);
        }
        var agreement = memwall.Json["agreements"]!.AsArray().Single()!;
        Assert.Equal(("cold", 4096), ((string)agreement["referee"]!, (int)agreement["context_tokens"]!));
        Assert.True((double)agreement["prefill_ratio"]! > 0);
    }

    [LongFact]
    public async Task Sweep_DepthInterrupted_WhatWasMeasuredStaysAndResumeDoesTheRest()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "sends signals");
        using (var memwall = Memwall.Start(Sweep("512,1k,16k", "incremental", Memwall.Slow)))
        {
            await memwall.WaitForAsync(() => memwall.Error.Contains("1,024 tokens, incremental depth", StringComparison.Ordinal));
            memwall.Interrupt();
            Assert.Equal(130, await memwall.ExitAsync());
            Assert.Equal([("depth", 512, "completed"), ("depth", 1024, "completed"), ("depth", 16384, "cancelled")],
                Measured(memwall.Json));
        }
        using var resumed = Memwall.Start("sweep", "--resume", Path.GetFileName(_runs.Run!), "--runs", _runs.Path, "--json",
            "--telemetry-hz", "0");
        await resumed.WaitForAsync(() => _runs.Read("events.jsonl").Split("\"16384 tokens, repetition 1\"").Length == 2);
        resumed.Interrupt();
        await resumed.ExitAsync();
        Assert.Equal(
            [("depth", 512, "completed"), ("depth", 1024, "completed"), ("depth", 16384, "cancelled"), ("depth", 16384, "cancelled")],
            Measured(resumed.Json));
    }

    [LongFact]
    public async Task Sweep_ResumeByAnotherMethod_IsRefusedAndNothingIsMeasured()
    {
        using (var memwall = await InProcess.RunAsync(Sweep("100,200", "cold")))
            Assert.Equal(0, memwall.ExitCode);
        var before = _runs.Read("trials.csv");
        using var resumed = await InProcess.RunAsync("sweep", "--resume", Path.GetFileName(_runs.Run!), "--method", "incremental",
            "--kv-type",
            "q8_0", "--runs", _runs.Path);
        Assert.Equal(2, resumed.ExitCode);
        Assert.Contains("kv type, method", resumed.Error, StringComparison.Ordinal);
        Assert.Equal(before, _runs.Read("trials.csv"));
        using var same = await InProcess.RunAsync("sweep", "--resume", Path.GetFileName(_runs.Run!), "--method", "cold", "--contexts",
            "100,200", "--runs", _runs.Path);
        Assert.Equal(0, same.ExitCode);
    }

    [LongFact]
    public async Task Sweep_ServerKilledInThePass_ContextsBeforeStayAndTheRestIsRunByANewOne()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "reads /proc");
        using var memwall = Memwall.Start(Sweep("512,1k,3k,4k", "incremental", Memwall.Slow));
        await memwall.WaitForAsync(() => memwall.Error.Contains("1,024 tokens, incremental depth", StringComparison.Ordinal));
        memwall.Child().Kill();
        Assert.Equal(4, await memwall.ExitAsync());

        Assert.Equal(
            [("depth", 512, "completed"), ("depth", 1024, "completed"), ("depth", 3072, "target_died"), ("depth", 4096, "completed")],
            Measured(memwall.Json));
        Assert.Contains("after_restart", memwall.Json["trials"]!.AsArray()[^1]!["flags"]!.AsArray().Select(flag => (string)flag!));
    }

    [Theory]
    [InlineData("--method", "quick", 2)]
    [InlineData("--concurrency", "2", 3)]
    [InlineData("--warm-prefix", null, 3)]
    public async Task Sweep_MethodThatCannotBe_SaysSo(string option, string? value, int exit)
    {
        using var memwall = await InProcess.RunAsync(
            [.. Sweep("512", option == "--method" ? value! : "incremental"), .. option == "--method" ? []
            : value is null ? [option] : new[] { option, value }]);
        Assert.Equal(exit, memwall.ExitCode);
        Assert.Null(_runs.Run);
    }
}
