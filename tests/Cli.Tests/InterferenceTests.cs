using System.Diagnostics;
using System.Text.Json.Nodes;

namespace MemoryWall.Cli.Tests;

/// <summary>What happens to a run when the server or the program is killed, the disk is full, or the user interrupts.</summary>
public sealed class InterferenceTests : IDisposable
{
    private readonly RunsFolder _runs = new();

    public void Dispose() => _runs.Dispose();

    private string[] Sweep(params string[] more) =>
        ["sweep", "--target", Memwall.Slow, "--contexts", "32k,300", "--order", "as-given", "--output-tokens", "8", "--warmups", "0",
            "--runs", _runs.Path, "--json", "--telemetry-hz", "0", .. more];

    private static JsonNode Trial(JsonNode json, int context) =>
        json["trials"]!.AsArray().Single(trial => (int)trial!["context_tokens"]! == context)!;

    private async Task<Memwall> InTheMiddleAsync()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "sends signals and reads /proc");
        var memwall = Memwall.Start(Sweep());
        await memwall.WaitForAsync(() => _runs.TrialHasStarted(32_768));
        await Task.Delay(500);
        return memwall;
    }

    [Fact]
    public async Task ServerKilled_IsTheTrialsOutcome_AndTheSweepGoesOn()
    {
        using var memwall = await InTheMiddleAsync();
        memwall.Child().Kill();

        Assert.Equal(4, await memwall.ExitAsync());
        var died = Trial(memwall.Json, 32_768);
        Assert.Equal("target_died", (string)died["outcome"]!);
        Assert.Contains("signal 9", (string)died["outcome_detail"]!);
        Assert.Null(died["prefill_tps"]);
        var next = Trial(memwall.Json, 300);
        Assert.Equal("completed", (string)next["outcome"]!);
        Assert.Contains("after_restart", next["flags"]!.AsArray().Select(flag => (string)flag!));
    }

    [LongFact]
    public async Task ProgramKilled_NoChildIsLeft_TheRunIsReadable_AndResumeFinishesIt()
    {
        using var memwall = await InTheMiddleAsync();
        using var child = memwall.Child();
        memwall.Kill();

        Assert.True(child.WaitForExit(TestedProgram.Patience), "the server outlived the program");
        var id = Path.GetFileName(_runs.Run)!;
        using var show = await InProcess.RunAsync("runs", "show", id, "--runs", _runs.Path, "--json");
        Assert.Equal(0, show.ExitCode);
        using var resume = Memwall.Start("sweep", "--resume", id, "--runs", _runs.Path, "--json");
        await resume.WaitForAsync(() => _runs.Read("events.jsonl").Contains("\"resumed\"", StringComparison.Ordinal));
        resume.Interrupt();
        Assert.Equal(130, await resume.ExitAsync());
    }

    [Fact]
    public async Task Interrupted_TheTrialInFlightIsStoredAsCancelled_AndResumeRunsItAgain()
    {
        using var memwall = await InTheMiddleAsync();
        memwall.Interrupt();

        Assert.Equal(130, await memwall.ExitAsync());
        Assert.Equal("cancelled", (string)Trial(memwall.Json, 32_768)["outcome"]!);
        Assert.Contains("\"ended\"", _runs.Read("events.jsonl"));
    }

    [LongFact]
    public async Task Resume_OfAFinishedPart_RunsOnlyWhatIsMissing()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "sends signals");
        using var memwall = Memwall.Start(
            "sweep", "--target", Memwall.Tiny, "--contexts", "300,8k,400", "--order", "as-given", "--output-tokens", "8", "--warmups", "0",
            "--runs", _runs.Path, "--json", "--limit-prefill", "100");
        await memwall.WaitForAsync(() => _runs.TrialHasStarted(8_192));
        memwall.Interrupt();
        Assert.Equal(130, await memwall.ExitAsync());

        using var resume = await Memwall.RunAsync("sweep", "--resume", Path.GetFileName(_runs.Run)!, "--runs", _runs.Path, "--json");

        Assert.Equal(0, resume.ExitCode);
        var trials = resume.Json["trials"]!.AsArray().Select(trial => ((int)trial!["context_tokens"]!, (string)trial["outcome"]!)).ToList();
        Assert.Equal([(300, "completed"), (8_192, "cancelled"), (8_192, "completed"), (400, "completed")], trials);
    }

    [LongFact]
    public async Task TimeLimit_IsTheTrialsOutcome_AndTheSweepGoesOn()
    {
        using var memwall = await Memwall.RunAsync(Sweep("--limit-prefill", "8"));
        Assert.Equal(4, memwall.ExitCode);
        var slow = Trial(memwall.Json, 32_768);
        Assert.Equal("timed_out", (string)slow["outcome"]!);
        Assert.Contains("prefill", (string)slow["outcome_detail"]!);
        Assert.Equal("completed", (string)Trial(memwall.Json, 300)["outcome"]!);
    }

    [LongFact]
    public async Task DiskFull_EndsTheRun_AndWhatWasStoredIsReadable()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess, "a small file system needs root on Linux");
        var disk = Directory.CreateDirectory(Path.Combine(_runs.Path, "disk")).FullName;
        using (var mount = Process.Start("mount", ["-t", "tmpfs", "-o", "size=80m", "tmpfs", disk]))
            await mount.WaitForExitAsync();
        try
        {
            using var memwall = Memwall.Start("sweep", "--target", Memwall.Tiny, "--contexts", "100..4000+100", "--output-tokens", "8",
                "--repetitions", "20", "--runs", disk, "--json");
            await memwall.WaitForAsync(() => memwall.Error.Contains("trial 5:", StringComparison.Ordinal));
            await File.WriteAllBytesAsync(Path.Combine(disk, "filler"), new byte[1]);
            using (var fill = Process.Start("dd", ["if=/dev/zero", $"of={Path.Combine(disk, "filler")}", "bs=64k", "status=none"]))
                await fill.WaitForExitAsync();
            // The last block of each file has room for a few lines; a file that needs a new block cannot get it.
            Assert.Equal(5, await memwall.ExitAsync());
            Assert.NotEqual("", (string)memwall.Json["problem"]!);
            var id = Path.GetFileName(Directory.EnumerateDirectories(disk).Single());
            using var show = await InProcess.RunAsync("runs", "show", id, "--runs", disk, "--json");
            Assert.Equal(0, show.ExitCode);
            Assert.True(show.Json["trials"]!.AsArray().Count >= 5);
        }
        finally
        {
            using var unmount = Process.Start("umount", [disk]);
            await unmount.WaitForExitAsync();
        }
    }

    [LongFact]
    public async Task ServerWhoseMemoryIsShort_OutcomeHasItsOwnWords_AndTheSweepGoesOn()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "the limit is set with ulimit");
        // An address space of 3 GB is enough for the server and a small context; the KV cache of the large one does not fit.
        using var memwall = Memwall.Start(
            ["sweep", "--target", "embedded:layers=32,embd=1024,heads=8,kv=8,ff=256,vocab=2048,ctx=65536", "--contexts", "40k,300",
                "--order", "as-given", "--output-tokens", "4", "--warmups", "0", "--runs", _runs.Path, "--json", "--force"],
            start => start.Environment["MEMWALL_LLAMA_SERVER"] = LimitedServer());
        Assert.Equal(4, await memwall.ExitAsync());
        var large = Trial(memwall.Json, 40_960);
        Assert.Equal("out_of_memory", (string)large["outcome"]!);
        Assert.Contains("alloc", (string)large["outcome_detail"]!);
        Assert.Equal("completed", (string)Trial(memwall.Json, 300)["outcome"]!);
    }

    // A script starts the server with a limited address space, as on a small machine or in a container.
    private string LimitedServer()
    {
        var real = Path.Combine(AppContext.BaseDirectory, "llama-server");
        var folder = Directory.CreateDirectory(Path.Combine(_runs.Path, "limited")).FullName;
        foreach (var file in Directory.EnumerateFiles(real))
            File.CreateSymbolicLink(Path.Combine(folder, Path.GetFileName(file)), file);
        var program = Path.Combine(folder, "MemoryWall.LlamaServer");
        File.Delete(program);
        File.WriteAllText(program,
            $"#!/bin/sh\nulimit -v 6000000\nexport DOTNET_GCHeapHardLimit=0x10000000\nexec "
            + $"'{Path.Combine(real, "MemoryWall.LlamaServer")}' \"$@\"\n");
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return folder;
    }
}
