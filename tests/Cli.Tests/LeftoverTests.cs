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
    [InlineData(true)]
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
        Assert.True(child.WaitForExit(10_000), "the server outlived the program");
        Assert.True(guardian.WaitForExit(15_000), "the guardian stays");
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
}
