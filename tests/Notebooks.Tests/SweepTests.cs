using MemoryWall.Core;
using MemoryWall.Core.Trials;
using MemoryWall.Runs;
using MemoryWall.Sweeps;

namespace MemoryWall.Notebooks.Tests;

/// <summary>Sweeps on the real embedded server.</summary>
public class SweepTests
{
    [LongFact]
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

    [LongFact]
    public async Task RunAsync_AfterARestartOfTheKernel_FinishesTheRunOnDisk()
    {
        var folder = Directory.CreateTempSubdirectory("memwall-notebooks-");
        try
        {
            var options = new NotebookSweepOptions { RunsFolder = folder.FullName };
            var first = await Sweep.RunAsync(contexts: "256,512", outputTokens: 4, options: options,
                cancellation: TestContext.Current.CancellationToken);
            // As after a kernel that was killed before the last trial ended.
            var run = Directory.GetDirectories(folder.FullName).Single();
            var (trials, events) = (Path.Combine(run, "trials.csv"), Path.Combine(run, "events.jsonl"));
            CutLines(trials, 1);
            CutLines(events, File.ReadLines(events).Count() - 2);
            var finished = await Sweep.RunAsync(contexts: "256,512", outputTokens: 4, options: options,
                cancellation: TestContext.Current.CancellationToken);
            Assert.Equal(first.Manifest.RunId, finished.Manifest.RunId);
            Assert.Equal([256, 512], Measured(finished).Select(trial => trial.ContextTokens).Order());
            Assert.Single(Directory.GetDirectories(folder.FullName));
            var again = await Sweep.RunAsync(contexts: "256,512", outputTokens: 4, options: options with { MeasureAgain = true },
                cancellation: TestContext.Current.CancellationToken);
            Assert.NotEqual(first.Manifest.RunId, again.Manifest.RunId);
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

    private static void CutLines(string path, int count)
    {
        var text = File.ReadAllText(path);
        for (var i = 0; i < count; i++)
            text = text[..(text.TrimEnd().LastIndexOf('\n') + 1)];
        File.WriteAllText(path, text);
    }

    private static IEnumerable<Trial> Measured(Run run) => run.Trials.Where(trial => !trial.Flags.HasFlag(TrialFlags.Warmup));
}
