using MemoryWall.Core;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Trials;
using MemoryWall.Runs;
using MemoryWall.Sweeps;

namespace MemoryWall.Notebooks.Tests;

/// <summary>Walls, comparisons and conversations that cells start, on the real embedded server.</summary>
public sealed class MeasureTests : IDisposable
{
    private readonly string _runs = Directory.CreateTempSubdirectory("memwall-notebooks-").FullName;

    public void Dispose() => Directory.Delete(_runs, recursive: true);

    [LongFact]
    public async Task Wall_AskedForTwice_IsFoundOnDiskTheSecondTime()
    {
        var options = new NotebookWallOptions { From = "256", To = "600", OutputTokens = 4, RunsFolder = _runs };
        var first = await Wall.RunAsync(options: options, cancellation: TestContext.Current.CancellationToken);
        Assert.Equal(600, first.Manifest.Plan.Wall!.ToTokens);
        Assert.Contains(600, Measured(first).Select(trial => trial.ContextTokens));
        Assert.All(Measured(first), trial => Assert.Equal(SweepMethod.SyntheticDepth, trial.Method));
        var second = await Wall.RunAsync(options: options, cancellation: TestContext.Current.CancellationToken);
        Assert.Equal(first.Manifest.RunId, second.Manifest.RunId);
        Assert.Equal(first.Trials.Count, second.Trials.Count);
        // Another plan, another day: another run.
        var (store, now) = (new RunStore(_runs), first.Manifest.StartedUtc);
        Assert.NotNull(StoredSweep.Find(store, first.Manifest.Plan, null, now));
        Assert.Null(StoredSweep.Find(store, first.Manifest.Plan with { OutputTokens = 5 }, null, now));
        Assert.Null(StoredSweep.Find(store, first.Manifest.Plan, "after", now));
        Assert.Null(StoredSweep.Find(store, first.Manifest.Plan, null, now.AddHours(25)));
    }

    [LongFact]
    public async Task Compare_StoppedAfterItsFirstTrial_IsReadableAndFinishedLater()
    {
        using var stop = new CancellationTokenSource();
        var options = new NotebookCompareOptions { OutputTokens = 4, RunsFolder = _runs };
        var measuring = Compare.RunAsync(cap: null, contexts: "256,512", systems: "one=embedded,other=embedded", options: options,
            cancellation: stop.Token);
        while (!measuring.IsCompleted && !Directory.EnumerateFiles(_runs, "trials.csv", SearchOption.AllDirectories)
            .Any(file => File.ReadLines(file).Count() > 1))
            await Task.Delay(20, TestContext.Current.CancellationToken);
        await stop.CancelAsync();
        var partly = await measuring;
        Assert.NotEmpty(partly);
        Assert.True(partly.Sum(run => Measured(run).Count(trial => trial.Outcome.IsCompleted)) is >= 1 and < 4);

        var finished = await Compare.RunAsync(cap: null, contexts: "256,512", systems: "one=embedded,other=embedded", options: options,
            cancellation: TestContext.Current.CancellationToken);
        Assert.Equal(["one", "other"], finished.Select(run => run.Manifest.Plan.System));
        Assert.All(finished, run => Assert.Equal([256, 512],
            Measured(run).Where(trial => trial.Outcome.IsCompleted).Select(trial => trial.ContextTokens)));
        Assert.Equal(2, Runs.Systems(finished).Systems.Count);
        // Once both are finished, nothing is measured again.
        var folders = Directory.GetDirectories(_runs).Length;
        var again = await Compare.RunAsync(cap: null, contexts: "256,512", systems: "one=embedded,other=embedded", options: options,
            cancellation: TestContext.Current.CancellationToken);
        Assert.Equal(finished.Select(run => run.Manifest.RunId), again.Select(run => run.Manifest.RunId));
        Assert.Equal(folders, Directory.GetDirectories(_runs).Length);
    }

    [Fact]
    public async Task Session_Turns_GrowInOneContext()
    {
        var run = await Session.RunAsync(turns: "256,512,600", outputTokens: 4, options: new NotebookSessionOptions { RunsFolder = _runs },
            cancellation: TestContext.Current.CancellationToken);
        var turns = Measured(run).Where(trial => trial.Method == SweepMethod.IncrementalDepth).ToList();
        Assert.Equal([256, 512, 600], turns.Select(trial => trial.ContextTokens));
        Assert.All(turns, trial => Assert.True(trial.Outcome.IsCompleted, trial.Outcome.Detail));
    }

    [Fact]
    public void WallPlan_Options_AreThoseOfTheCommandLine()
    {
        var plan = Wall.CreatePlan("embedded:small", "300MiB",
            new NotebookWallOptions { Swap = "off", Tier = Path.GetTempPath() + ",100M" });
        Assert.Equal((300L << 20, 0L), (plan.Cap!.Bytes, plan.Cap.SwapBytes));
        Assert.Equal((SweepMethod.SyntheticDepth, 64, 100L << 20),
            (plan.Method, plan.Options.BatchTokens, plan.Options.Tier!.MemoryBytes));
        Assert.Equal(0.02, plan.Wall!.Tolerance);
    }

    [Theory]
    [InlineData("big", "allowed", "2k", "cap: 'big' is not a cap")]
    [InlineData("1G", "some", "2k", "swap: 'some' is unknown")]
    [InlineData(null, "off", "2k", "swap: it needs a cap")]
    [InlineData("1G", "off", "two", "From: ")]
    public void WallPlan_OptionThatCannotBeRead_IsNamed(string? cap, string swap, string from, string message)
    {
        var error = Assert.Throws<FormatException>(
            () => Wall.CreatePlan("embedded", cap, new NotebookWallOptions { Swap = swap, From = from }));
        Assert.StartsWith(message, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(null, "standard", "cap: it is missing")]
    [InlineData("1G", "unheard-of", "systems: 'unheard-of' is unknown")]
    [InlineData("1G", "standard,standard", "systems: two systems have the same name")]
    [InlineData("1G", "managed@fast", "systems: 'fast' is not a bandwidth")]
    [InlineData("1G,2G", "standard", "cap: '1G,2G' names 2 caps")]
    [InlineData("1G", " ", "systems: ' ' names none")]
    public async Task Compare_OptionThatCannotBeRead_IsNamed(string? cap, string systems, string message)
    {
        var error = await Assert.ThrowsAsync<FormatException>(() => Compare.RunAsync(cap: cap, systems: systems,
            options: new NotebookCompareOptions { RunsFolder = _runs }, cancellation: TestContext.Current.CancellationToken));
        Assert.StartsWith(message, error.Message, StringComparison.Ordinal);
        Assert.Empty(Directory.GetFiles(_runs, "run.json", SearchOption.AllDirectories));
    }

    private static IEnumerable<Trial> Measured(Run run) => run.Trials.Where(trial => !trial.Flags.HasFlag(TrialFlags.Warmup));
}
