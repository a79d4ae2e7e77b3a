using MemoryWall.Core.Time;
using MemoryWall.Core.Trials;
using MemoryWall.Notebooks.Live;
using MemoryWall.Sweeps;
using MemoryWall.Sweeps.Live;
using MemoryWall.Sweeps.Strategies;

namespace MemoryWall.Notebooks.Tests.Live;

public class LiveViewTests
{
    [Fact]
    public void View_DuringPrefill_HasShareAndRate()
    {
        var sweep = Started();
        sweep.Tracker.PhaseStarted(Phase.Prefill);
        sweep.Tracker.MarkReceived(new StreamMark(MarkKind.Prefill, 512, Instant.FromSeconds(1), null));
        sweep.Tracker.MarkReceived(new StreamMark(MarkKind.Prefill, 1024, Instant.FromSeconds(1.5), null));
        Assert.Contains("step 1 of 1 · 2k tokens, repetition 1 · prefill · 50% · 1,024 t/s", Text(sweep), StringComparison.Ordinal);
    }

    [Fact]
    public void View_DuringGeneration_CountsTokens()
    {
        var sweep = Started();
        sweep.Tracker.PhaseStarted(Phase.Prefill);
        for (var i = 0; i < 11; i++)
            sweep.Tracker.MarkReceived(new StreamMark(MarkKind.Chunk, 1, Instant.FromSeconds(2 + i * 0.1), null));
        Assert.Contains("generation · 11 tokens · 10.0 t/s", Text(sweep), StringComparison.Ordinal);
    }

    [Fact]
    public void View_SeveralStreams_HasNoShareOfOne()
    {
        var sweep = Started(streams: 2);
        sweep.Tracker.PhaseStarted(Phase.Prefill);
        sweep.Tracker.MarkReceived(new StreamMark(MarkKind.Prefill, 512, Instant.FromSeconds(1), null));
        sweep.Tracker.MarkReceived(new StreamMark(MarkKind.Prefill, 256, Instant.FromSeconds(2), null));
        Assert.DoesNotContain("%", Text(sweep), StringComparison.Ordinal);
        Assert.DoesNotContain("t/s", Text(sweep), StringComparison.Ordinal);
    }

    [Fact]
    public void View_Ended_CountsMeasuredTrialsAndNamesTheWayOn()
    {
        var sweep = Started();
        sweep.Tracker.TrialEnded(Sample.Trial(1, 2048, 1, 1) with { Flags = TrialFlags.Warmup, Repetition = 0 });
        sweep.Tracker.TrialEnded(Sample.Trial(2, 2048, 1, 1));
        sweep.Tracker.TrialEnded(Sample.Failed(3, 4096, new OutOfMemory("killed")));
        var view = LiveView.Create([sweep], [new SweepResult(SweepEnding.SomeTrialsFailed, "run-a", null, [])]);
        Assert.Contains("done, with failures: 1 of 2 trials completed", view.Text, StringComparison.Ordinal);
        Assert.Contains("Sweep.ResumeAsync(\"run-a\")", view.Text, StringComparison.Ordinal);
        Assert.Contains("Out of memory at 4k", view.Html, StringComparison.Ordinal);
        Assert.Contains("finished", view.Html, StringComparison.Ordinal);
    }

    [Fact]
    public void View_StoppedBeforeItBegan_SaysThat()
    {
        var view = LiveView.Create([new LiveSystem(new LiveTracker())], [new SweepResult(SweepEnding.Cancelled, null, null, [])]);
        Assert.Equal("stopped", view.Text.Trim());
    }

    [Fact]
    public void View_TwoSystems_AreOnePictureWithoutScript()
    {
        var (one, other) = (Started(name: "standard"), Started(name: Sample.Hostile));
        one.Tracker.PhaseStarted(Phase.Prefill);
        other.Tracker.WaitingForTurn();
        var html = LiveView.Create([one, other], null).Html;
        Assert.Equal(2, html.Split("time to first token").Length - 1);
        Assert.Contains("waiting for its turn", html, StringComparison.Ordinal);
        Assert.DoesNotContain("<script", html, StringComparison.Ordinal);
    }

    [Fact]
    public void Period_NoMoreThanFiveUpdatesASecond() => Assert.True(LiveDisplay.RefreshInterval >= TimeSpan.FromMilliseconds(200));

    private static string Text(LiveSystem sweep) => LiveView.Create([sweep], null).Text;

    private static LiveSystem Started(int streams = 1, string? name = null)
    {
        var sweep = new LiveSystem(new LiveTracker());
        var step = new SweepStep(2048, 1, streams);
        var manifest = Sample.Run([], id: name is null ? "run-a" : $"run-{name.Length}").Manifest;
        sweep.Tracker.RunStarted(manifest with { Plan = manifest.Plan with { System = name } }, "folder", [step]);
        sweep.Tracker.StepStarted(step, 1);
        return sweep;
    }
}
