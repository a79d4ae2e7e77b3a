using System.Diagnostics;

namespace MemoryWall.Cli.Tests;

/// <summary>Tests that must not run in parallel with others.</summary>
[CollectionDefinition(nameof(Alone), DisableParallelization = true)]
public sealed class Alone;

/// <summary>What a killed program leaves and who removes it. Any other start of the program would remove it first.</summary>
[Collection(nameof(Alone))]
public sealed class LeftoverTests : IDisposable
{
    private readonly RunsFolder _runs = new();

    public void Dispose() => _runs.Dispose();

    [Theory]
    [InlineData(false)]
    [LongData(true)]
    public async Task ProgramKilled_UnderACap_LeavesNothingItsGuardianOrTheNextStartWouldNotRemove(bool withItsGuardian)
    {
        await CapTests.DemandCapsAsync();
        Assert.SkipUnless(OperatingSystem.IsLinux(), "sends signals and reads /proc");
        using var memwall = Memwall.Start("sweep", "--target", Memwall.Slow + ",seed=7004", "--cap", "1G", "--contexts", "32k",
            "--warmups", "0", "--runs", _runs.Path, "--telemetry-hz", "0");
        await memwall.WaitForAsync(() => _runs.TrialHasStarted(32_768));
        using var child = memwall.Child();
        using var guardian = memwall.Guardian();
        IReadOnlyList<string> Left() => [.. CapTests.Caps().Where(folder => folder.Contains($"-{memwall.Id}-", StringComparison.Ordinal))];
        Assert.NotEmpty(Left());
        if (withItsGuardian)
            guardian.Kill();
        memwall.Kill();
        Assert.True(child.WaitForExit(TestedProgram.Patience), "the server outlived the program");
        Assert.True(guardian.WaitForExit(TestedProgram.Patience), "the guardian stays");
        if (!withItsGuardian)
        {
            Assert.Empty(Left());
            return;
        }
        Assert.NotEmpty(Left());
        // Every command that measures cleans up first, with or without a cap.
        using var next = await Memwall.RunAsync("sweep", "--target", Memwall.Tiny + ",seed=7005", "--contexts", "300", "--warmups", "0",
            "--output-tokens", "2", "--runs", _runs.Path, "--telemetry-hz", "0");
        Assert.Equal(0, next.ExitCode);
        Assert.Contains("removed what a killed run left", next.Error, StringComparison.Ordinal);
        Assert.Empty(Left());
    }

    // Each makes its cap and its swap file while others make, use and lose theirs. The moments of the kills differ from run to run.
    [LongFact]
    public async Task SeveralPrograms_SomeKilledWhileTheyBegin_TheOthersFinishAndNothingStays()
    {
        await CapTests.DemandCapsAsync();
        Assert.SkipUnless(OperatingSystem.IsLinux() && Environment.IsPrivilegedProcess, "a swap file needs root on Linux");
        var programs = Enumerable.Range(0, 4).Select(i => Memwall.Start("sweep", "--target", Memwall.Tiny + $",seed={7010 + i}",
            "--cap", "200M", "--with-swap-file", "16M", "--contexts", "300", "--warmups", "0", "--repetitions", "2", "--output-tokens", "4",
            "--runs", _runs.Path, "--telemetry-hz", "0")).ToList();
        try
        {
            await programs[0].WaitForAsync(() => Directory.GetFiles(_runs.Path, "*.swap").Length > 0);
            programs[0].Kill();
            await programs[1].WaitForAsync(() => Left(programs[1].Id).Any());
            programs[1].Kill();

            Assert.All([await programs[2].ExitAsync(), await programs[3].ExitAsync()], code => Assert.Equal(0, code));
            IReadOnlyList<string> All() => [.. programs.SelectMany(program => Left(program.Id))];
            for (var waited = Stopwatch.StartNew(); All().Count > 0 && waited.Elapsed < TestedProgram.Patience;)
                await Task.Delay(100, TestContext.Current.CancellationToken);
            Assert.Empty(All());
            Assert.Empty(Directory.GetFiles(_runs.Path, "*.swap"));
        }
        finally
        {
            programs.ForEach(program => program.Dispose());
        }

        static IEnumerable<string> Left(int id) => CapTests.Caps()
            .Concat(File.ReadAllLines("/proc/swaps")).Where(line => line.Contains($"-{id}-", StringComparison.Ordinal));
    }
}
