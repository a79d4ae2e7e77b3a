using System.Diagnostics;
using MemoryWall.Core;
using MemoryWall.Core.Time;
using MemoryWall.Runs;
using MemoryWall.Runs.Files;

namespace MemoryWall.Engine.Tests.Runs;

/// <summary>A process that writes a run is killed repeatedly, and the run can be continued.</summary>
public sealed class KilledWriterTests
{
    private const string RootVariable = "MEMWALL_TEST_WRITER_ROOT";
    private const string Id = "killed";

    /// <summary>The child's work: it writes trials as fast as it can until it is killed.</summary>
    [Fact(Explicit = true)]
    public void Child_WritesUntilKilled()
    {
        var root = Environment.GetEnvironmentVariable(RootVariable);
        Assert.SkipWhen(root is null, "runs only as the child process of another test");
        var store = new RunStore(root!);
        using var writer = store.List().Count == 0 ? store.Create(StoreSamples.Manifest(Id)) : store.Resume(Id);
        var clock = Stopwatch.StartNew();
        while (clock.Elapsed < TestedProgram.Patience)
        {
            var number = writer.NextTrialNumber;
            writer.AppendEvent(new RunEvent(new Instant(number), "trial_started", "", number));
            writer.AppendTrial(StoreSamples.Trial(number),
                [.. Enumerable.Repeat(StoreSamples.Marks(number), 200).SelectMany(marks => marks)]);
            File.WriteAllText(Path.Combine(root!, "acknowledged.tmp"), $"{number}");
            File.Move(Path.Combine(root!, "acknowledged.tmp"), Path.Combine(root!, "acknowledged"), overwrite: true);
        }
    }

    [LongFact]
    public async Task AppendTrial_WriterKilledAgainAndAgain_LosesAtMostTheTrialInFlight()
    {
        using var root = new TemporaryRoot();
        var store = new RunStore(root.Path);
        var before = 0;
        for (var round = 0; round < 5; round++)
        {
            using var child = StartChild(root.Path);
            try
            {
                await UntilAsync(() => !child.HasExited && Acknowledged(root.Path) > before + 1, child);
                Assert.Contains("another process", Assert.Throws<StoreException>(() => store.Resume(Id)).Message, StringComparison.Ordinal);
                await Task.Delay(7 * round, TestContext.Current.CancellationToken);
            }
            finally
            {
                child.Kill();
                await child.WaitForExitAsync(TestContext.Current.CancellationToken);
            }
            var acknowledged = Acknowledged(root.Path);
            var run = store.Read(Id);
            Assert.All(run.Trials, trial => Assert.Equal(StoreSamples.Trial(trial.Number), trial));
            Assert.All(run.Trials, trial => Assert.Equal(400, run.Marks[trial.Number].Count));
            Assert.Contains(run.Trials, trial => trial.Number == acknowledged);
            var begun = run.Events.Select(e => e.Trial!.Value).Max();
            var lost = Enumerable.Range(1, begun).Except(run.Trials.Select(trial => trial.Number)).Count();
            Assert.InRange(lost, 0, round + 1);
            Assert.InRange(run.Trials.Max(trial => trial.Number), acknowledged, acknowledged + 1);
            before = acknowledged;
        }
    }

    private static Process StartChild(string root)
    {
        var program = Path.Combine(AppContext.BaseDirectory, "MemoryWall.Engine.Tests" + (OperatingSystem.IsWindows() ? ".exe" : ""));
        var start = new ProcessStartInfo(program,
            ["-method", $"{typeof(KilledWriterTests).FullName}.{nameof(Child_WritesUntilKilled)}", "-explicit", "only", "-noLogo"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment[RootVariable] = root;
        var child = Process.Start(start)!;
        child.BeginOutputReadLine();
        child.BeginErrorReadLine();
        return child;
    }

    private static int Acknowledged(string root)
    {
        var path = Path.Combine(root, "acknowledged");
        return File.Exists(path) ? int.Parse(File.ReadAllText(path)) : 0;
    }

    private static async Task UntilAsync(Func<bool> condition, Process child)
    {
        while (!condition())
        {
            Assert.False(child.HasExited, "the child ended by itself");
            await Task.Delay(5, TestContext.Current.CancellationToken);
        }
    }
}
