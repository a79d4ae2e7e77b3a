using MemoryWall.Core;
using MemoryWall.Core.Trials;
using MemoryWall.Runs;
using MemoryWall.Sweeps;

namespace MemoryWall.Notebooks.Tests;

/// <summary>Sweeps on the real embedded server.</summary>
public class SweepTests
{
    [Fact]
    public async Task On_TwiceWithMoreContexts_MeasuresOnlyWhatIsNew()
    {
        var folder = Directory.CreateTempSubdirectory("memwall-notebooks-");
        try
        {
            var sweep = Sweep.On(outputTokens: 8, runs: folder.FullName);
            var first = await sweep.MeasureAsync("256", TestContext.Current.CancellationToken);
            Assert.Single(Measured(first));
            var both = await sweep.MeasureAsync("256,512", TestContext.Current.CancellationToken);
            Assert.Equal([256, 512], Measured(both).Select(trial => trial.ContextTokens));
            Assert.All(Measured(both), trial => Assert.True(trial.Outcome.IsCompleted, trial.Outcome.Detail));
            // Each call is a separate run on disk.
            Assert.Equal(2, Directory.GetDirectories(folder.FullName).Length);
            // A new kernel finds what was measured, and nothing of another plan.
            var again = await Sweep.On(outputTokens: 8, runs: folder.FullName)
                .MeasureAsync("256,512", TestContext.Current.CancellationToken);
            Assert.Equal(both.Trials.Count, again.Trials.Count);
            Assert.Equal(2, Directory.GetDirectories(folder.FullName).Length);
            Assert.Empty(StoredSweep.FindAtAnyContexts(new RunStore(folder.FullName), both.Manifest.Plan with { OutputTokens = 9 },
                both.Manifest.StartedUtc));
            var resumed = await Sweep.ResumeAsync(Path.GetFileName(Directory.GetDirectories(folder.FullName)[0]), folder.FullName,
                TestContext.Current.CancellationToken);
            Assert.NotEmpty(Measured(resumed));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task RunAsync_PlanThatCannotRun_SaysWhy()
    {
        var error = await Assert.ThrowsAsync<SweepException>(
            () => Sweep.RunAsync(target: "embedded:/nowhere/model.gguf", contexts: "256",
                cancellation: TestContext.Current.CancellationToken));
        Assert.Contains("/nowhere/model.gguf", error.Message, StringComparison.Ordinal);
    }

    private static IEnumerable<Trial> Measured(Run run) => run.Trials.Where(trial => !trial.Flags.HasFlag(TrialFlags.Warmup));
}
