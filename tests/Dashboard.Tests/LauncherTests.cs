using MemoryWall.Dashboard.Launching;

namespace MemoryWall.Dashboard.Tests;

/// <summary>How often a started run receives the signal to stop: a second signal would end it at once.</summary>
public sealed class LauncherTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("memwall-launcher-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Stop_Twice_SignalsOnce()
    {
        await using var launcher = new RunLauncher(CreateProgram(), _folder);
        var run = launcher.Start(new RunForm { Command = "sweep" });
        await WaitForLineAsync(run, "ready");

        launcher.Stop(run.Id);
        await WaitForLineAsync(run, "signal");
        launcher.Stop(run.Id);
        await run.WaitAsync(TestContext.Current.CancellationToken);

        Assert.Equal(["ready", "signal", "end"], run.Lines);
    }

    [Fact]
    public async Task Stop_ByInput_TellsTheCommandOnce()
    {
        await using var launcher = new RunLauncher(CreateProgram("""
            echo "ready $MEMWALL_STOP_BY_INPUT"
            read line
            echo "got $line"
            """), _folder, new InputStopper());
        var run = launcher.Start(new RunForm { Command = "sweep" });
        await WaitForLineAsync(run, "ready 1");

        launcher.Stop(run.Id);
        launcher.Stop(run.Id);
        await run.WaitAsync(TestContext.Current.CancellationToken);
        await WaitForLineAsync(run, "got stop");

        Assert.Equal(["ready 1", "got stop"], run.Lines);
        launcher.Stop(run.Id);
    }

    [LongFact]
    public async Task Stop_TheCommandLineByInput_StoresWhatWasMeasured()
    {
        await using var folder = new DashboardFolder();
        await using var launcher = new RunLauncher(DashboardFolder.Memwall, folder.Runs, new InputStopper());
        var run = launcher.Start(new RunForm { Command = "sweep", Target = "embedded:nano", Contexts = "256", Repetitions = "5000" });
        var store = new MemoryWall.Runs.RunStore(folder.Runs);
        while (store.List() is not [{ Completed: > 0 }] && run.ExitCode is null)
            await Task.Delay(100, TestContext.Current.CancellationToken);

        launcher.Stop(run.Id);
        await run.WaitAsync(TestContext.Current.CancellationToken);

        Assert.Equal(130, run.ExitCode);
        Assert.True(store.List().Single().Completed > 0);
    }

    [Theory]
    [InlineData("2k..", null, "the range '2k..' has no step")]
    [InlineData("2k", "1B", "cap: 1 bytes are too few")]
    [InlineData("2k", null, null)]
    public async Task Check_AForm_IsJudgedByTheCommandLineAndStartsNothing(string contexts, string? cap, string? problem)
    {
        await using var folder = new DashboardFolder();
        await using var launcher = new RunLauncher(DashboardFolder.Memwall, folder.Runs);

        var found = await launcher.CheckAsync(new RunForm { Command = "sweep", Contexts = contexts, Cap = cap, Note = "why" });

        Assert.Equal(problem is null, found is null);
        Assert.Contains(problem ?? "", found ?? "", StringComparison.Ordinal);
        Assert.Empty(launcher.Started);
        Assert.Empty(new MemoryWall.Runs.RunStore(folder.Runs).List());
    }

    [Fact]
    public async Task Check_WhileARunIsActive_StartsNoProcessBesideIt()
    {
        await using var launcher = new RunLauncher(CreateProgram("echo x >> \"$0.started\"; read line"), _folder, new InputStopper());
        var run = launcher.Start(new RunForm { Command = "sweep" });
        var marks = Path.Combine(_folder, "program.started");
        while (!File.Exists(marks) || new FileInfo(marks).Length == 0)
            await Task.Delay(20, TestContext.Current.CancellationToken);

        await Assert.ThrowsAsync<FormatException>(() => launcher.CheckAsync(new RunForm { Command = "sweep" }));
        launcher.Stop(run.Id);
        await run.WaitAsync(TestContext.Current.CancellationToken);

        Assert.Single(await File.ReadAllLinesAsync(marks, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task DisposeAsync_AfterASignalOfTheTerminal_WaitsWithoutAnother()
    {
        var launcher = new RunLauncher(CreateProgram(), _folder);
        var run = launcher.Start(new RunForm { Command = "sweep" });
        await WaitForLineAsync(run, "ready");

        launcher.ExpectEnd();
        await launcher.DisposeAsync();

        Assert.Equal(["ready", "end"], run.Lines);
    }

    // It says what it gets, and ends by itself.
    private string CreateProgram() => CreateProgram("""
        trap 'echo signal' INT
        echo ready
        i=0
        while [ $i -lt 15 ]; do sleep 0.1; i=$((i+1)); done
        echo end
        """);

    private string CreateProgram(string script)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no such signal");
        var path = Path.Combine(_folder, "program");
        File.WriteAllText(path, $"#!/bin/sh\n{script}\n");
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return path;
    }

    private static async Task WaitForLineAsync(StartedRun run, string line)
    {
        while (!run.Lines.Contains(line))
            await Task.Delay(20, TestContext.Current.CancellationToken);
    }
}
