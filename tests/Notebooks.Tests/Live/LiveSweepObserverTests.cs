using MemoryWall.Core.Time;
using MemoryWall.Core.Trials;
using MemoryWall.Notebooks.Live;
using MemoryWall.Sweeps;
using MemoryWall.Sweeps.Strategies;

namespace MemoryWall.Notebooks.Tests.Live;

public class LiveSweepObserverTests
{
    [Fact]
    public void Now_DuringPrefill_HasShareAndRate()
    {
        var sweep = Started();
        sweep.PhaseStarted(Phase.Prefill);
        sweep.MarkReceived(new StreamMark(MarkKind.Prefill, 512, Instant.FromSeconds(1), null));
        sweep.MarkReceived(new StreamMark(MarkKind.Prefill, 1024, Instant.FromSeconds(1.5), null));
        Assert.Equal((1024, 1024.0), (sweep.GetState().PromptTokensDone, sweep.GetState().Rate));
        Assert.Contains("prefill · 50% · 1,024 t/s", LiveView.Create(sweep.GetState()).Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Now_DuringGeneration_CountsTokens()
    {
        var sweep = Started();
        sweep.PhaseStarted(Phase.Prefill);
        for (var i = 0; i < 11; i++)
            sweep.MarkReceived(new StreamMark(MarkKind.Chunk, 1, Instant.FromSeconds(2 + i * 0.1), null));
        Assert.Equal(Phase.Generation, sweep.GetState().Phase);
        Assert.Equal(11, sweep.GetState().OutputTokensDone);
        Assert.Equal(10.0, sweep.GetState().Rate!.Value, 6);
    }

    [Fact]
    public void Now_SeveralStreams_HasNoShareOfOne()
    {
        var sweep = Started(streams: 2);
        sweep.PhaseStarted(Phase.Prefill);
        sweep.MarkReceived(new StreamMark(MarkKind.Prefill, 512, Instant.FromSeconds(1), null));
        sweep.MarkReceived(new StreamMark(MarkKind.Prefill, 256, Instant.FromSeconds(2), null));
        Assert.Null(sweep.GetState().PromptTokensDone);
        Assert.Null(sweep.GetState().Rate);
    }

    [Fact]
    public void View_Ended_CountsMeasuredTrialsAndNamesTheWayOn()
    {
        var sweep = Started();
        sweep.TrialEnded(Sample.Trial(1, 2048, 1, 1) with { Flags = TrialFlags.Warmup, Repetition = 0 });
        sweep.TrialEnded(Sample.Trial(2, 2048, 1, 1));
        sweep.TrialEnded(Sample.Failed(3, 4096, new OutOfMemory("killed")));
        var text = LiveView.Create(sweep.GetState() with { Ending = SweepEnding.SomeTrialsFailed }).Text;
        Assert.Contains("1 of 2 trials completed", text, StringComparison.Ordinal);
        Assert.Contains("out of memory", text, StringComparison.Ordinal);
        Assert.Contains("Sweep.ResumeAsync(\"run-a\")", text, StringComparison.Ordinal);
    }

    [Fact]
    public void Period_NoMoreThanFiveUpdatesASecond() => Assert.True(LiveDisplay.RefreshInterval >= TimeSpan.FromMilliseconds(200));

    private static LiveSweepObserver Started(int streams = 1)
    {
        var sweep = new LiveSweepObserver();
        var step = new SweepStep(2048, 1, streams);
        sweep.RunStarted(Sample.Run([]).Manifest, "folder", [step]);
        sweep.StepStarted(step, 1);
        return sweep;
    }
}
