using MemoryWall.Dashboard.Launching;

namespace MemoryWall.Dashboard.Tests;

/// <summary>How often a started run is told to stop: a second signal would end it at once.</summary>
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
    private string CreateProgram()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no such signal");
        var path = Path.Combine(_folder, "program");
        File.WriteAllText(path, """
            #!/bin/sh
            trap 'echo signal' INT
            echo ready
            i=0
            while [ $i -lt 15 ]; do sleep 0.1; i=$((i+1)); done
            echo end

            """);
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
