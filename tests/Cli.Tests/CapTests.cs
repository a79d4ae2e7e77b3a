using System.Diagnostics;
using System.Text.Json.Nodes;
using MemoryWall.Machine;

namespace MemoryWall.Cli.Tests;

/// <summary>Real caps on the real server. The tests are skipped where the machine permits no cap.</summary>
public sealed class CapTests : IDisposable
{
    private readonly RunsFolder _runs = new();

    public void Dispose() => _runs.Dispose();

    // Each test uses its own model file: pages that another process has mapped are not charged to the cap, and the sweep is refused because
    // of that.
    private static string Own(int seed) => FormattableString.Invariant($"embedded:nano,seed={7000 + seed}");

    internal static async Task DemandCapsAsync()
    {
        var support = await MemoryCapFactory.ProbeAsync();
        Assert.SkipUnless(support.IsPermitted, $"this machine permits no cap: {support.Refusal}");
    }

    internal static IReadOnlyList<string> Caps() => Directory.Exists("/sys/fs/cgroup")
        ? [.. Directory.EnumerateDirectories("/sys/fs/cgroup", "memwall-*",
            new EnumerationOptions { RecurseSubdirectories = true, IgnoreInaccessible = true })]
        : [];

    [LongFact]
    public async Task Wall_UnderACapWithoutSwap_IsFoundWithItsEvidenceAndLeavesNothing()
    {
        await DemandCapsAsync();
        using var memwall = await Memwall.RunAsync("wall", "--target", Own(1), "--cap", "160MiB", "--swap", "off", "--from", "12k",
            "--tolerance", "10", "--output-tokens", "8", "--runs", _runs.Path, "--json");
        Assert.True(memwall.ExitCode == 0, memwall.Error);
        var wall = memwall.Json["walls"]!.AsArray().Single()!["wall"]!;
        int inside = (int)wall["inside_tokens"]!, beyond = (int)wall["beyond_tokens"]!;
        Assert.InRange(beyond - inside, 1, Math.Max(512, beyond / 5));
        // Without swap the server is killed at the last step, and the kernel's oom_kill counter shows it.
        var dead = wall["regimes"]!.AsArray().Where(regime => (string)regime!["regime"]! == "out_of_memory").ToList();
        Assert.NotEmpty(dead);
        Assert.All(dead, regime => Assert.Contains("oom_kill", (string)regime!["evidence"]!));
        // A busy machine moves the wall a little; a forecast that is off by a fifth is wrong on any machine.
        Assert.InRange((int)wall["predicted_tokens"]!, inside * 0.8, beyond * 1.2);
        Assert.DoesNotContain(Caps(), folder => folder.Contains($"-{memwall.Id}-", StringComparison.Ordinal));
    }

    [LongFact]
    public async Task Sweep_ListOfCaps_IsOneRunEach_AndOnlyTheServerDies()
    {
        await DemandCapsAsync();
        using var memwall = await Memwall.RunAsync("sweep", "--target", Own(2), "--cap", "1G,90MiB", "--swap", "off", "--contexts", "12k",
            "--method", "cold", "--warmups", "0", "--output-tokens", "4", "--runs", _runs.Path, "--json", "--telemetry-hz", "0");
        Assert.Equal(4, memwall.ExitCode);
        var runs = memwall.Json["runs"]!.AsArray();
        Assert.Equal(["completed", "out_of_memory"], runs.Select(run => (string)run!["trials"]!.AsArray().Single()!["outcome"]!));
        Assert.Equal([1L << 30, 90L << 20], runs.Select(run => (long)run!["trials"]!.AsArray().Single()!["cap_bytes"]!));
    }

    // The moment differs from run to run: while the swap file is made, the server starts, a trial runs, or everything is cleaned up.
    [Theory]
    [LongData("KILL", 250)]
    [LongData("KILL", 700)]
    [LongData("INT", 400)]
    [InlineData("INT", 1500)]
    public async Task ProgramStopped_AtAnyMoment_LeavesNoCapNoSwapFileNoChild(string signal, int milliseconds)
    {
        await DemandCapsAsync();
        Assert.SkipUnless(OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess, "a swap file needs root on Linux");
        using var memwall = Memwall.Start("wall", "--target", Memwall.Tiny + ",seed=7006", "--cap", "120M", "--with-swap-file", "64M",
            "--to", "16k", "--runs", _runs.Path, "--telemetry-hz", "0");
        await Task.Delay(milliseconds, TestContext.Current.CancellationToken);
        ProcessTree.Signal(signal, memwall.Id);
        await memwall.ExitAsync();
        for (var waited = Stopwatch.StartNew(); Remains().Count > 0 && waited.Elapsed < TestedProgram.Patience;)
            await Task.Delay(100, TestContext.Current.CancellationToken);
        Assert.Empty(Remains());

        List<string> Remains() =>
        [
            .. Caps().Where(folder => folder.Contains($"-{memwall.Id}-", StringComparison.Ordinal)),
            .. Directory.GetFiles(_runs.Path, "*.swap"),
            .. File.ReadAllLines("/proc/swaps").Where(line => line.Contains($"-{memwall.Id}-", StringComparison.Ordinal)),
            .. ProcessTree.ListChildren(memwall.Id).Select(process => $"process {process}"),
        ];
    }

    // Without a unit the size would be bytes, and that is a mistake.
    [Theory]
    [InlineData("64", "64GiB")]
    [InlineData("lots", "--with-swap-file")]
    public async Task Wall_SwapFileWithoutUnit_AsksForItBeforeAnythingIsStarted(string size, string said)
    {
        using var memwall = await InProcess.RunAsync("wall", "--cap", "120M", "--with-swap-file", size, "--runs", _runs.Path);
        Assert.Equal(2, memwall.ExitCode);
        Assert.Contains("--with-swap-file", memwall.Error);
        Assert.Contains(said, memwall.Error);
        Assert.Empty(Directory.EnumerateFileSystemEntries(_runs.Path));
    }

    [Theory]
    [InlineData("--cap", "lots", "--cap")]
    [InlineData("--swap", "off", "need --cap")]
    [InlineData("--with-swap-file", "1G", "need --cap")]
    public async Task Sweep_CapThatCannotBeRead_IsNamed(string option, string value, string said)
    {
        using var memwall = await InProcess.RunAsync("sweep", option, value, "--runs", _runs.Path);
        Assert.Equal(2, memwall.ExitCode);
        Assert.Contains(said, memwall.Error);
    }

    [Fact]
    public async Task Sweep_CapOnAnExternalServer_IsRefusedBeforeAnythingIsMeasured()
    {
        using var memwall = await InProcess.RunAsync("sweep", "--target", "ollama://127.0.0.1:9/m", "--cap", "1G", "--runs", _runs.Path,
            "--telemetry-hz", "0");
        Assert.Equal(3, memwall.ExitCode);
        Assert.Contains("only the embedded server", memwall.Error);
    }

    [Fact]
    public async Task Compare_StandardAndManaged_TakeTurnsAtTheSameContexts()
    {
        await DemandCapsAsync();
        Assert.SkipUnless(OperatingSystem.IsLinux(), "the storage tier needs Linux");
        // Each token of its cache takes 16 KiB, so that it passes the cap at a context which takes little time to compute.
        using var memwall = await InProcess.RunAsync("compare", "--target",
            "embedded:layers=16,embd=256,heads=4,kv=4,ff=256,vocab=2048,ctx=16384,seed=7003", "--cap", "140MiB", "--system",
            "standard-no-swap", "--system", "managed", "--contexts", "1k,8k", "--output-tokens", "8", "--runs", _runs.Path, "--json",
            "--telemetry-hz", "0");
        Assert.True(memwall.ExitCode == 0, memwall.Error);
        var systems = memwall.Json["systems"]!.AsArray();
        Assert.Equal(["standard-no-swap", "managed"], systems.Select(system => (string)system!["name"]!));
        JsonNode At(int system, int context) =>
            systems[system]!["cells"]!.AsArray().Single(cell => (int)cell!["context_tokens"]! == context)!;
        Assert.True((bool)At(0, 1024)["is_usable"]!);
        Assert.False((bool)At(0, 8192)["is_usable"]!);
        Assert.True((bool)At(1, 8192)["is_usable"]!);
        Assert.Equal("managed", (string)At(1, 8192)["regime"]!);
        Assert.True((double)At(1, 8192)["storage_bytes_per_token"]! > 0);
    }
}
