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

    // 65,536 tokens may take 3.3 s to convert; a queue at several streams takes as long, so that a trial alone tells which it was.
    [Theory]
    [InlineData(null, true)]
    [InlineData(0.1, true)]
    [InlineData(1.5, false)]
    public void Review_WaitOfSeveralStreams_IsAQueueUnlessOneStreamWaitsToo(double? alone, bool queued)
    {
        var trial = Waited(2) with { ContextTokens = 65_536, CountedPromptTokens = 65_536, Concurrency = 2 };
        List<Trial> all = [trial];
        if (alone is { } wait)
            all.Add(Waited(wait) with { Number = 9, ContextTokens = 65_536, CountedPromptTokens = 65_536 });

        Assert.Equal(queued, TrialReview.Review(all)[0].Has<Queued>());
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

    // A client that wakes up late once reads two tokens at once and single ones after them. A proxy collects in the whole stream.
    [Theory]
    [InlineData(2, 1, false)]
    [InlineData(2, 2, true)]
    [InlineData(3, 1, true)]
    public void Review_FirstReadOfTwoTokens_IsDoubtedOnlyWhereLaterReadsHaveSeveral(int first, int later, bool doubted)
    {
        foreach (var hasRates in new[] { false, true })
        {
            var (trial, marks) = Stream([first, .. Enumerable.Repeat(later, (24 - first) / later)], step: 0.03, prefill: 0.1, hasRates);
            var run = AnalysisSamples.Run([trial], marks: new Dictionary<int, IReadOnlyList<StreamMark>> { [1] = marks });
            Assert.Equal(doubted, TrialReview.Review(trial).Has<Buffered>());
            Assert.Equal(doubted, TrialReview.Review(run)[0].Has<Buffered>());
        }
    }

    // One pause of 3 s among tokens of 4 ms: the two that came with the first took 8 ms, not 280 ms.
    [Fact]
    public void Review_LongPauseLater_DoesNotMakeTheFirstTokensSlow()
    {
        foreach (var hasRates in new[] { false, true })
        {
            var (trial, marks) = Stream([3, .. Enumerable.Repeat(1, 21)], step: 0.004, prefill: 0.2, hasRates, pause: 3);
            var run = AnalysisSamples.Run([trial], marks: new Dictionary<int, IReadOnlyList<StreamMark>> { [1] = marks });
            Assert.False(TrialReview.Review(run)[0].Has<Buffered>());
        }
    }

    // Steps and prefill of any length, a busy client that is late once at any token by up to one token, and a pause anywhere.
    [Fact]
    public void Review_HonestStreamsWithOneLateRead_AreNeverBuffered() =>
        Gen.Select(Gen.Double[0.002, 0.3], Gen.Double[0.02, 3], Gen.Int[0, 30], Gen.Double[0, 2], Gen.Bool)
            .Sample((step, prefill, late, pause, hasRates) =>
            {
                int[] reads = [.. Enumerable.Repeat(1, late), 2, .. Enumerable.Repeat(1, 30 - late)];
                var (trial, marks) = Stream(reads, step, prefill, hasRates, pause);
                var run = AnalysisSamples.Run([trial], marks: new Dictionary<int, IReadOnlyList<StreamMark>> { [1] = marks });
                return !TrialReview.Review(trial).Has<Buffered>() && !TrialReview.Review(run)[0].Has<Buffered>();
            });

    // Chunks of one piece that are written and read one after the other, 0.3 ms apart, where a token takes 30 ms.
    [Fact]
    public void Review_ChunksOfAPieceThatAreReadOneByOne_AreOneArrival()
    {
        var (trial, marks) = Stream([8, 8, 8], step: 0.03, prefill: 0.1, hasRates: false, between: 0.0003);
        var run = AnalysisSamples.Run([trial], marks: new Dictionary<int, IReadOnlyList<StreamMark>> { [1] = marks });
        Assert.Equal(new Buffered(3, 24), Assert.Single(TrialReview.Review(run)[0].Doubts.OfType<Buffered>()));
    }

    // Converting 31,000 tokens took 1 s on a busy machine, which a server does not report: the clocks agree.
    [Theory]
    [InlineData(31_000, 1.0, PromptForm.Text, false, false)]
    [InlineData(31_000, 1.0, null, false, false)]
    [InlineData(31_000, 1.0, PromptForm.Ids, false, true)]
    [InlineData(31_000, 1.0, PromptForm.Text, true, true)]
    [InlineData(31_000, 1.8, PromptForm.Text, false, true)]
    [InlineData(2_000, 1.0, PromptForm.Text, false, true)]
    public void Review_WaitThatConvertingTheTextCanTake_IsNoDisagreement(int context, double wait, PromptForm? form, bool isReported,
        bool disagree)
    {
        var trial = AnalysisSamples.Server(1, context, 1, 6.3);
        trial = trial with
        {
            PromptAs = form,
            Server = trial.Server with { Tokenization = isReported ? TimeSpan.FromMilliseconds(1) : null },
            Client = trial.Client with
            {
                TimeToFirstToken = TimeSpan.FromSeconds(1 + wait),
                TimeToLastToken = TimeSpan.FromSeconds(7.3 + wait),
                TimeToEnd = TimeSpan.FromSeconds(7.4 + wait),
            },
        };
        Assert.Equal(disagree, TrialReview.Review(trial).Has<ClocksDisagree>());
        // The time is an unreported step, not gone.
        if (!disagree)
            Assert.Equal(wait, TrialReview.Review(trial).TtftSplit!.Orchestration.TotalSeconds, 6);
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

    // An answer that is read in pieces, each when its last token is done.
    private static (Trial Trial, IReadOnlyList<StreamMark> Marks) Stream(IReadOnlyList<int> pieces, double step, double prefill,
        bool hasRates, double pause = 0, double between = 0)
    {
        var marks = new List<StreamMark>();
        foreach (var piece in pieces)
        {
            var done = marks.Count + piece;
            var arrived = 1 + prefill + step * (done - 1) + (done > 12 ? pause : 0);
            for (var i = 0; i < piece; i++)
                marks.Add(new StreamMark(MarkKind.Chunk, 1, Instant.FromSeconds(arrived + between * i), null));
        }
        var tokens = marks.Count;
        var trial = AnalysisSamples.Client() with
        {
            OutputTokens = tokens,
            OutputTokensAsked = tokens,
            Chunks = tokens,
            Arrivals = pieces.Count,
            FirstArrivalChunks = pieces[0],
            Client = new ClientTimings
            {
                Sent = Instant.FromSeconds(1),
                TimeToFirstToken = marks[0].Arrived.Since(Instant.FromSeconds(1)),
                TimeToLastToken = marks[^1].Arrived.Since(Instant.FromSeconds(1)),
                TimeToEnd = marks[^1].Arrived.Since(Instant.FromSeconds(1)),
            },
            Server = hasRates
                ? new ServerTimings
                {
                    Prefill = TimeSpan.FromSeconds(prefill),
                    Generation = TimeSpan.FromSeconds(step * (tokens - 1) + pause),
                }
                : new ServerTimings(),
        };
        return (trial, marks);
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
