using System.Text.Json;
using CsCheck;
using MemoryWall.Analysis.Review;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Time;
using MemoryWall.Core.Trials;
using MemoryWall.Engine.Tests.Runs;
using MemoryWall.Reporting.Phrases;
using MemoryWall.Runs.Json;

namespace MemoryWall.Engine.Tests.Analysis.Review;

/// <summary>Which observations give which doubt.</summary>
public sealed class TrialReviewTests
{
    [Fact]
    public void Review_OneTrialOfEachKind_HasItsDoubtWithItsValues()
    {
        var samples = DoubtSamples.OneOfEachKind;
        Assert.Equal(Doubt.Kinds.Order(), samples.Select(sample => sample.Doubt).OfType<Doubt>().Select(doubt => doubt.Kind).Order());

        var views = TrialReview.Review([.. samples.Select(sample => sample.Trial)]);

        Assert.Multiple([.. samples.Zip(views, (sample, view) => (Action)(() =>
            Assert.Equal(sample.Doubt is { } doubt ? [doubt] : [], view.Doubts)))]);
    }

    [Fact]
    public void Review_AnyTrials_NeverThrowsAndListsEachKindOnceInOrder() => StoreSamples.AnyTrial.Array[0, 12].Sample(trials =>
    {
        Assert.All(TrialReview.Review(trials), view =>
        {
            var places = view.Doubts.Select(doubt => Doubt.Kinds.IndexOf(doubt.Kind)).ToList();
            Assert.Equal(places.Distinct().Order(), places);
            Assert.All(view.Doubts, doubt => Assert.NotEmpty(DoubtPhrases.Describe(doubt)));
        });
    });

    [Fact]
    public void Review_OrderOfTheTrials_DoesNotMatter()
    {
        var trials = DoubtSamples.OneOfEachKind.Select(sample => sample.Trial).ToList();
        var forward = TrialReview.Review(trials).Select(view => view.Doubts).ToList();
        trials.Reverse();
        Assert.Equal(forward, TrialReview.Review(trials).Select(view => view.Doubts).Reverse());
    }

    [Fact]
    public void Review_WaitBesideOtherStreams_IsQueueTimeUnlessTheServerReportsIt()
    {
        var waited = Waited(1);
        Assert.IsType<ClocksDisagree>(Assert.Single(TrialReview.Review(waited).Doubts));
        Assert.Equal([new Queued(TimeSpan.FromSeconds(1))], TrialReview.Review(waited with { Concurrency = 2 }).Doubts);
        var reported = waited with { Concurrency = 2, Server = waited.Server with { Queue = TimeSpan.Zero } };
        Assert.IsType<ClocksDisagree>(Assert.Single(TrialReview.Review(reported).Doubts));
    }

    // 250 ms or a tenth of the time, and one token (0.1 s here).
    [Theory]
    [InlineData(0.3, false)]
    [InlineData(0.4, true)]
    public void Review_WaitThatTheReportDoesNotExplain_IsToleratedAsLongAsAnArrivalCanBeLate(double wait, bool disagree) =>
        Assert.Equal(disagree, TrialReview.Review(Waited(wait)).Has<ClocksDisagree>());

    // Recorded: 128 tokens at 500 t/s take 256 ms, and 3 tokens of 23 ms came together.
    [Theory]
    [InlineData(1, null, false)]
    [InlineData(4, null, true)]
    [InlineData(2, null, false)]
    [InlineData(4, 32, false)]
    public void Review_TokensThatCameWithTheFirst_DoubtTheTimesOfTheClient(int first, int? tokens, bool doubted)
    {
        var trial = AnalysisSamples.Client() with
        {
            OutputTokens = tokens ?? 16,
            OutputTokensAsked = 16,
            Chunks = tokens is null ? 16 : 64,
            Arrivals = 17 - first,
            FirstArrivalChunks = first,
            Client = new ClientTimings
            {
                Sent = new Instant(1),
                TimeToFirstToken = TimeSpan.FromMilliseconds(256 + 23 * (first - 1)),
                TimeToLastToken = TimeSpan.FromMilliseconds(256 + 23 * 15),
                TimeToEnd = TimeSpan.FromMilliseconds(256 + 23 * 15),
            },
        };
        var view = TrialReview.Review(trial);
        Assert.Equal(doubted, view.Has<Buffered>());
        Assert.Equal(doubted, view.PrefillRate is null);
        if (doubted)
            Assert.Contains("the first token came together with later ones, so the client cannot separate prefill from generation",
                DoubtPhrases.Describe(view.Doubts.OfType<Buffered>().Single()), StringComparison.Ordinal);
    }

    // A proxy that collects for a second: tokens of 0.5 s come in twos.
    [Fact]
    public void Review_CollectingProxyBeforeAServerThatReportsRates_DoubtsTheFirstTokenOnly()
    {
        var trial = AnalysisSamples.Server(1, 2048, 1, 7.5);
        trial = trial with
        {
            OutputTokens = 16,
            OutputTokensAsked = 16,
            Chunks = 16,
            Arrivals = 9,
            FirstArrivalChunks = 2,
            Client = trial.Client with
            {
                TimeToFirstToken = TimeSpan.FromSeconds(2),
                TimeToLastToken = TimeSpan.FromSeconds(9),
                TimeToEnd = TimeSpan.FromSeconds(9),
            },
        };
        var view = TrialReview.Review(trial);
        Assert.Equal([new Buffered(9, 16, HasReportedRates: true) { FirstTokens = 2 }], view.Doubts);
        Assert.Equal((2048, 2), (view.PrefillRate!.Value.PerSecond, view.GenerationRate!.Value.PerSecond));
        // Beside single tokens the same wait has no such cause.
        Assert.True(TrialReview.Review(trial with { Arrivals = 16, FirstArrivalChunks = 1 }).Has<ClocksDisagree>());
    }

    // 5 ms and 2% of the wait of 2 s: no server works longer than its client waits.
    [Theory]
    [InlineData(2.04, false)]
    [InlineData(2.05, true)]
    public void Review_ReportLongerThanTheWholeWait_IsNotTolerated(double reported, bool disagree)
    {
        var trial = AnalysisSamples.Client() with
        {
            Client = new ClientTimings { Sent = new Instant(1), TimeToEnd = TimeSpan.FromSeconds(2) },
            Server = new ServerTimings { Prefill = TimeSpan.FromSeconds(reported) },
        };
        Assert.Equal(disagree, TrialReview.Review(trial).Has<ClocksDisagree>());
        Assert.False(TrialReview.Review(trial with { Method = SweepMethod.IncrementalDepth }).Has<ClocksDisagree>());
    }

    [Theory]
    [InlineData(50, false)]
    [InlineData(51, true)]
    public void Review_QueueTime_IsAWaitFromFiftyMillisecondsOn(int milliseconds, bool queued)
    {
        var trial = AnalysisSamples.Server(1, 2048, 4, 6.3);
        trial = trial with { Server = trial.Server with { Queue = TimeSpan.FromMilliseconds(milliseconds) } };
        Assert.Equal(queued, TrialReview.Review(trial).Has<Queued>());
    }

    [Theory]
    [InlineData(24, false)]
    [InlineData(200, false)]
    [InlineData(201, true)]
    [InlineData(350, true)]
    public void Review_LoadInsideTheRequest_IsAReloadFromTheMiddleOfTheMeasuredGapOn(int milliseconds, bool reloaded)
    {
        var trial = AnalysisSamples.Client() with { Server = new ServerTimings { Load = TimeSpan.FromMilliseconds(milliseconds) } };
        Assert.Equal(reloaded, TrialReview.Review(trial).Has<Reloaded>());
    }

    [Fact]
    public void Review_ContextOfAPass_IsComparedOverItsOwnStretch()
    {
        var first = Pass(1, 2048, total: 4, own: 4) with
        {
            Client = Pass(1, 2048, 4, 4).Client with { LoadStarted = new Instant(0) },
        };
        var second = Pass(2, 4096, total: 10, own: 6);
        var late = Pass(3, 8192, total: 20, own: 15);

        var views = TrialReview.Review([first, second, late]);

        Assert.Equal([false, false, true], views.Select(view => view.Has<ClocksDisagree>()));
        // Without the context before it, the stretch of a context is not known.
        Assert.False(TrialReview.Review([late])[0].Has<ClocksDisagree>());
        // What a file of schema 1 states about a pass is kept.
        Assert.Equal([new ClocksDisagree(null, null)],
            TrialReview.Review([first, second with { ClaimedDoubts = ["clocks_disagree"] }])[1].Doubts);
    }

    [Fact]
    public void Review_StreamsOfAStep_AreCountedTogether()
    {
        Trial Stream(int number) => AnalysisSamples.Server(number, 2048, 4, 6.3) with
        {
            Concurrency = 2,
            Stream = number,
            ServerLoad = new ServerLoad { RunningBefore = 0, PromptTokens = 4096 + 32, GeneratedTokens = 128 },
        };
        Assert.All(TrialReview.Review([Stream(1), Stream(2)]), view => Assert.Empty(view.Doubts));
        // One stream alone does not show how much of the server's work is the other's.
        Assert.Empty(TrialReview.Review(Stream(1)).Doubts);
        var other = Stream(2) with { ServerLoad = Stream(2).ServerLoad! with { PromptTokens = 4096 + 33 } };
        Assert.Equal([new SharedServer(0, 33, null)], TrialReview.Review([Stream(1), other])[1].Doubts);
    }

    [Fact]
    public void Review_DisturbedPhase_NamesThePhaseAndItsReadings()
    {
        var run = AnalysisSamples.Run(
        [
            new Trial
            {
                Number = 1,
                ContextTokens = 2048,
                Repetition = 1,
                OutputTokensAsked = 64,
                Outcome = new Cancelled(),
                Client = new ClientTimings
                {
                    Sent = Instant.FromSeconds(0),
                    TimeToFirstToken = TimeSpan.FromSeconds(2),
                    TimeToLastToken = TimeSpan.FromSeconds(4)
                },
            },
        ]);
        run = run with { Manifest = run.Manifest with { Machine = Timelines.TwoCores } };

        Assert.Empty(TrialReview.Review(run with { Telemetry = [Timelines.Create(5, 10, PhaseVerdictsTests.Quiet)] })[0].Doubts);
        // Only generation has interference.
        var late = Timelines.Create(5, 10, ("host_cpu_steal_seconds_total", t => Math.Max(0, t - 2)));
        var phases = Assert.IsType<Interference>(Assert.Single(TrialReview.Review(run with { Telemetry = [late] })[0].Doubts)).Phases;
        Assert.Equal(Phase.Generation, Assert.Single(phases).Phase);
        Assert.NotEmpty(phases[0].Readings);
    }

    [Fact]
    public void Json_Doubts_AreObjectsWithKindAndValues()
    {
        var doubts = DoubtSamples.OneOfEachKind.Select(sample => sample.Doubt).OfType<Doubt>().ToList();
        var json = JsonSerializer.SerializeToElement(doubts, FactsJson.SingleLine);
        Assert.Equal(doubts.Select(doubt => doubt.Kind), json.EnumerateArray().Select(doubt => doubt.GetProperty("kind").GetString()));
        Assert.Equal("""{"kind":"queued","wait_seconds":0.1}""", json[doubts.FindIndex(doubt => doubt is Queued)].GetRawText());
        Assert.Equal("""{"kind":"cache_hit","cached_tokens":400,"prompt_tokens":4096}""",
            json[doubts.FindIndex(doubt => doubt is CacheHit)].GetRawText());
    }

    // 64 tokens in 6.3 s after a first token that comes later than the report explains.
    private static Trial Waited(double seconds)
    {
        var trial = AnalysisSamples.Server(1, 2048, 1, 6.3);
        return trial with
        {
            Client = trial.Client with
            {
                TimeToFirstToken = TimeSpan.FromSeconds(1 + seconds),
                TimeToLastToken = TimeSpan.FromSeconds(7.3 + seconds),
                TimeToEnd = TimeSpan.FromSeconds(7.4 + seconds),
            },
        };
    }

    private static Trial Pass(int number, int context, double total, double own)
    {
        var trial = AnalysisSamples.Server(number, context, own, 6.3);
        return trial with
        {
            Method = SweepMethod.IncrementalDepth,
            Server = trial.Server with { Prefill = TimeSpan.FromSeconds(total) },
        };
    }
}
