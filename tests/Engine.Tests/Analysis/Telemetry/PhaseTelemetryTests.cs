using CsCheck;
using MemoryWall.Analysis.Telemetry;
using MemoryWall.Core.Telemetry;
using MemoryWall.Core.Time;
using MemoryWall.Core.Trials;

namespace MemoryWall.Engine.Tests.Analysis;

public class PhaseTelemetryTests
{
    [Fact]
    public void Counter_SamplesInside_OnlyTheyCount()
    {
        var timeline = Timelines.Create(10, 10, Timelines.Rate("a_total", 100));

        // Samples at 1.1 … 2.8; the ends of the phase are not extrapolated.
        var reading = PhaseTelemetry.Join(timeline, Timelines.Window(1.05, 2.85)).Counter("a_total")!;

        Assert.Equal(170, reading.Delta, 6);
        Assert.Equal(1.7, reading.CoveredTime.TotalSeconds, 6);
        Assert.Equal(1.7 / 1.8, reading.Coverage, 6);
        Assert.Equal(18, reading.Samples);
        Assert.Equal(100, reading.PerSecond, 4);
    }

    [Fact]
    public void Gauge_Step_IsNotMixedAcrossThePhasesEdge()
    {
        var timeline = Timelines.Create(4, 10, ("a_bytes", t => t < 2 ? 1 : 9));

        var before = PhaseTelemetry.Join(timeline, Timelines.Window(0.05, 1.95)).Gauge("a_bytes")!;
        Assert.Equal((1, 1, 1, 19), (before.Mean, before.Peak, before.Min, before.Samples));
        Assert.Equal(1.8 / 1.9, before.Coverage, 6);
        Assert.Equal(9, PhaseTelemetry.Join(timeline, Timelines.Window(1.95, 4)).Gauge("a_bytes")!.Min);
    }

    [Fact]
    public void Gauge_BurstAtTheBeginning_CountsForItsTimeOnly()
    {
        // Half a second at 100 Hz, then 10 Hz: 50 samples of 1 watt and 45 of 11 watts, which cover one tenth and nine tenths of the time.
        var at = Enumerable.Range(0, 50).Select(i => i / 100.0).Concat(Enumerable.Range(5, 45).Select(i => i / 10.0)).ToList();
        var timeline = new TelemetryTimeline
        {
            Schema = new TelemetrySchema { Columns = [new("a_watts", MetricKind.Gauge, "host", "")] },
            Samples = [.. at.Select(t => new TelemetrySample(Instant.FromSeconds(t), [t < 0.5 ? 1 : 11]))],
        };

        var reading = PhaseTelemetry.Join(timeline, Timelines.Window(0, 5)).Gauge("a_watts")!;

        Assert.Equal(95, reading.Samples);
        Assert.InRange(reading.Mean, 9.9, 10.1);
    }

    [Fact]
    public void Gauge_NextToALongGap_OneSampleHasNoMoreWeightThanOthers()
    {
        // 3 seconds of value 1, a minute without samples, one last sample of 100.
        var timeline = new TelemetryTimeline
        {
            Schema = new TelemetrySchema { Columns = [new("a_bytes", MetricKind.Gauge, "host", "")] },
            Samples = [.. Enumerable.Range(0, 30).Select(i => new TelemetrySample(Instant.FromSeconds(i / 10.0), [1])),
                new TelemetrySample(Instant.FromSeconds(63), [100])],
        };

        var reading = PhaseTelemetry.Join(timeline, Timelines.Window(0, 63)).Gauge("a_bytes")!;

        Assert.True(reading.Mean < 30, $"{reading.Mean}");
    }

    [Fact]
    public void Gaps_AbsentValues_AreNotZero()
    {
        var phase = Timelines.Whole(10, ("a_bytes", t => (int)Math.Round(t * 10) % 2 == 0 ? 4 : null),
            ("b_total", t => t is > 2 and < 9 ? null : t));

        Assert.Equal(4, phase.Gauge("a_bytes")!.Mean);
        Assert.Equal(50, phase.Gauge("a_bytes")!.Samples);
        Assert.Equal(9.9, phase.Counter("b_total")!.Delta, 6);
    }

    [Fact]
    public void Counter_BeginsAnewWithin_IsAbsent() =>
        Assert.Null(Timelines.Whole(10, ("a_total", t => t < 5 ? t : t - 5)).Counter("a_total"));

    [Fact]
    public void ShortPhase_OneSample_HasNoRateAndNoCoverage()
    {
        var timeline = Timelines.Create(4, 10, Timelines.Rate("a_total", 1), Timelines.Level("b_bytes", 3));
        var phase = PhaseTelemetry.Join(timeline, Timelines.Window(1.05, 1.15));

        Assert.Equal(1, phase.Samples);
        Assert.Equal(0, phase.Coverage);
        Assert.Null(phase.Counter("a_total"));
        Assert.Equal(3, phase.Gauge("b_bytes")!.Mean);
        Assert.Null(PhaseTelemetry.Join(timeline, Timelines.Window(1.11, 1.19)).Gauge("b_bytes"));
        Assert.Null(phase.Gauge("none"));
    }

    [Fact]
    public void Row_ReadAcrossThePhasesEnd_IsLeftOut()
    {
        // Reading the row at 1.0 took until 1.4, so its last columns belong to the next phase.
        var timeline = Timelines.Create(3, 10, ("sampler_read_seconds", t => Math.Abs(t - 1) < 0.01 ? 0.4 : 0.0001), ("a_bytes", _ => 1));

        Assert.Equal(10, PhaseTelemetry.Join(timeline, Timelines.Window(0, 1.05)).Samples);
    }

    [Fact]
    public void Join_ReadingOfAnotherThread_IsPlacedWhereItWasRead()
    {
        // The row at 1.0 contains a value read at 0.7, which belongs to the phase before.
        var timeline = Timelines.Create(2, 10, ("gpu0_power_watts", t => Math.Abs(t - 1) < 0.01 ? 300 : null),
            ("nvml_age_seconds", t => Math.Abs(t - 1) < 0.01 ? 0.3 : null));

        Assert.Equal(300, PhaseTelemetry.Join(timeline, Timelines.Window(0, 0.8)).Gauge("gpu0_power_watts")!.Mean);
        Assert.Null(PhaseTelemetry.Join(timeline, Timelines.Window(0.8, 2)).Gauge("gpu0_power_watts"));
    }

    [Fact]
    public void Counter_AnyWindow_NeverExceedsWhatHappenedInIt() =>
        Gen.Select(Gen.Double[0, 9], Gen.Double[0.01, 3], Gen.Int[1, 50]).Sample((from, length, hertz) =>
        {
            var timeline = Timelines.Create(10, hertz, Timelines.Rate("a_total", 7));
            var reading = PhaseTelemetry.Join(timeline, Timelines.Window(from, from + length)).Counter("a_total");
            return reading is null || (reading.Delta <= 7 * length + 1e-6 && reading.Coverage is > 0 and <= 1 + 1e-9);
        });

    [Fact]
    public void Join_ResumedRun_TakesTheStretchThatSawThePhase()
    {
        var first = Timelines.Create(2, 10, Timelines.Level("a_bytes", 1));
        var second = first
            with
        { Samples = [.. first.Samples.Select(s => new TelemetrySample(s.At.Plus(TimeSpan.FromSeconds(100)), [2.0]))] };

        Assert.Equal(2, PhaseTelemetry.Join([first, second], Timelines.Window(100.5, 101))!.Gauge("a_bytes")!.Mean);
        Assert.Null(PhaseTelemetry.Join([first, second], Timelines.Window(50, 60)));
    }

    [Fact]
    public void Windows_CompletedTrial_FollowEachOther()
    {
        var trial = Trial(new Completed()) with
        {
            Server = new ServerTimings { Queue = TimeSpan.FromSeconds(0.5) },
            Client = Client(),
        };

        Assert.Equal(
        [
            (Phase.Load, 1.0, 3.0, true), (Phase.Queue, 4.0, 4.5, true), (Phase.Prefill, 4.5, 6.0, true),
            (Phase.Generation, 6.0, 9.0, true),
        ], PhaseWindow.FromTrial(trial).Select(w => (w.Phase, w.From.Seconds, w.To.Seconds, w.IsComplete)));
    }

    [Fact]
    public void Windows_TimedOutInPrefill_EndsUnfinished()
    {
        var trial = Trial(new TimedOut(Phase.Prefill, TimeSpan.FromSeconds(2))) with
        {
            Client = new ClientTimings { Sent = Instant.FromSeconds(4), TimeToEnd = TimeSpan.FromSeconds(2) },
        };

        var window = Assert.Single(PhaseWindow.FromTrial(trial));
        Assert.Equal((Phase.Prefill, 4.0, 6.0, false), (window.Phase, window.From.Seconds, window.To.Seconds, window.IsComplete));
    }

    [Fact]
    public void Windows_NeverSent_AreNone() => Assert.Empty(PhaseWindow.FromTrial(Trial(new Refused(400, "no"))));

    private static ClientTimings Client() => new()
    {
        LoadStarted = Instant.FromSeconds(1),
        Load = TimeSpan.FromSeconds(2),
        Sent = Instant.FromSeconds(4),
        TimeToFirstReasoning = TimeSpan.FromSeconds(2),
        TimeToFirstToken = TimeSpan.FromSeconds(3),
        TimeToLastToken = TimeSpan.FromSeconds(5),
        TimeToEnd = TimeSpan.FromSeconds(5.1),
    };

    private static Trial Trial(Outcome outcome) =>
        new() { Number = 1, ContextTokens = 2048, Repetition = 1, OutputTokensAsked = 64, Outcome = outcome };
}
