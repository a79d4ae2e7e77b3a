using MemoryWall.Analysis.Review;
using MemoryWall.Analysis.Verdicts;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Time;
using MemoryWall.Core.Trials;
using MemoryWall.Engine.Tests.Targets;
using MemoryWall.Sweeps.Strategies;
using MemoryWall.Sweeps.Trials;
using MemoryWall.Targets;

namespace MemoryWall.Engine.Tests.Sweeps.Trials;

public class TrialBuilderTests
{
    private static readonly TrialRequest Request = new()
    {
        Step = new SweepStep(2048, 1, 1),
        Number = 3,
        OutputTokens = 64,
        WindowTokens = 2128,
        Prompt = new Prompt { Kind = PromptKind.Words, Text = "a b", TokenCount = 2048, Nonce = "a" },
    };

    private static readonly LoadReport Load = new(new Instant(0), TimeSpan.FromSeconds(0.1), new Completed(), 2304);

    private static readonly InferenceReport Report = new()
    {
        Outcome = new Completed(),
        Client = new ClientTimings
        {
            Sent = new Instant(1),
            TimeToFirstToken = TimeSpan.FromSeconds(1),
            TimeToEnd = TimeSpan.FromSeconds(2)
        },
        Server = new ServerTimings { Prefill = TimeSpan.FromSeconds(0.9), Generation = TimeSpan.FromSeconds(1) },
        CountedPromptTokens = 2048,
        OutputTokens = 64,
        Marks = [new StreamMark(MarkKind.Chunk, 64, new Instant(5), null)],
    };

    [Fact]
    public void Build_AllAsMeant_CompletedWithoutFlags()
    {
        var trial = TrialBuilder.Build(Request, Load, Report);
        Assert.IsType<Completed>(trial.Outcome);
        Assert.Equal(TrialFlags.None, trial.Flags);
        Assert.Empty(Reviewed.Doubts(trial));
        Assert.Equal(TimeSpan.FromSeconds(0.1), trial.Client.Load);
    }

    [Fact]
    public void Build_FewerTokensCounted_Truncated() =>
        Assert.Equal(new Truncated(2048, 1029), TrialBuilder.Build(Request, Load, Report with { CountedPromptTokens = 1029 }).Outcome);

    [Fact]
    public void Build_OneTokenTooMany_Miscounted() =>
        Assert.Equal(new Miscounted(2048, 2049), TrialBuilder.Build(Request, Load, Report with { CountedPromptTokens = 2049 }).Outcome);

    [Fact]
    public void Build_NoCount_CompletedButFlagged() =>
        Assert.Contains("count_unreported",
            Reviewed.Doubts(TrialBuilder.Build(Request, Load, Report with { CountedPromptTokens = null })));

    [Fact]
    public void Build_CachedTokens_FlaggedUnlessOnPurpose()
    {
        var cached = Report with { CachedPromptTokens = 2047 };
        Assert.Contains("cache_hit", Reviewed.Doubts(TrialBuilder.Build(Request, Load, cached)));
        var onPurpose = TrialBuilder.Build(Request with { WarmPrefix = true }, Load, cached);
        Assert.True(onPurpose.Flags.HasFlag(TrialFlags.WarmPrefix));
        Assert.DoesNotContain("cache_hit", Reviewed.Doubts(onPurpose));
    }

    [Fact]
    public void Build_ServerThatIsGone_IsTheReasonAlsoForAPromptWithoutACount()
    {
        var trial = TrialBuilder.Build(Request with { Prompt = null, Problem = new Refused(null, "the target gave no count") },
            new LoadReport(new Instant(0), null, new TargetDied("no server answers at http://x"), null), null);
        Assert.Equal((new TargetDied("no server answers at http://x"), null), (trial.Outcome, trial.Client.Load));
    }

    [Fact]
    public void Build_DraftTokens_MakeASpeculativeTrial()
    {
        Assert.Equal(TrialFlags.None, TrialBuilder.Build(Request, Load, Report).Flags);
        var trial = TrialBuilder.Build(Request, Load, Report with { DraftTokens = 0 });
        Assert.Equal((TrialFlags.Speculative, 0), (trial.Flags, trial.DraftTokens));
    }

    [Fact]
    public void Build_WarmPrefixWithAnEmptyCache_IsACold() =>
        Assert.Equal(TrialFlags.None,
            TrialBuilder.Build(Request with { WarmPrefix = true }, Load, Report with { CachedPromptTokens = 0 }).Flags);

    [Theory]
    [InlineData(20, false)]
    [InlineData(21, true)]
    public void Build_CachedTokensOfATemplate_AreNoHit(int cached, bool hit)
    {
        var trial = TrialBuilder.Build(Request, Load, Report with { CachedPromptTokens = cached });
        Assert.Equal((hit, cached), (Reviewed.Doubts(trial).Contains("cache_hit"), trial.CachedPromptTokens!.Value));
    }

    [Theory]
    [InlineData(1536, 1536, true)]
    [InlineData(1536, 0, false)]
    [InlineData(1536, null, false)]
    [InlineData(0, 1536, false)]
    public void Build_TokensNotComputed_AreThoseAskedForOrTheTrialIsNone(int asked, int? told, bool holds) =>
        Assert.Equal(holds,
            TrialBuilder.Build(Request with { Method = SweepMethod.SyntheticDepth, SkipPromptTokens = asked }, Load,
                Report with { SkippedPromptTokens = told }).Outcome is Completed);

    [Fact]
    public void Build_StretchOfAPass_CacheAndTheSumOfPrefillAreMeant()
    {
        var stretch = Report with { CachedPromptTokens = 1024, Server = Report.Server with { Prefill = TimeSpan.FromSeconds(5) } };
        var trial = TrialBuilder.Build(Request with { Method = SweepMethod.IncrementalDepth }, Load, stretch);
        Assert.Equal((SweepMethod.IncrementalDepth, TrialFlags.None), (trial.Method, trial.Flags));
        // The first context of the pass took 4.1 s of prefill.
        var before = trial with { Number = 2, ContextTokens = 1848, Server = new ServerTimings { Prefill = TimeSpan.FromSeconds(4.1) } };
        var second = trial with { Client = trial.Client with { LoadStarted = null } };
        Assert.Empty(TrialReview.Review([before, second])[1].Doubts);
    }

    [Theory]
    [InlineData(64, "")]
    [InlineData(63, "early_stop")]
    [InlineData(1, "early_stop|too_short_for_rate")]
    [InlineData(null, "")]
    public void Build_OutputTokens_Flagged(int? output, string expected) =>
        Assert.Equal(expected, string.Join('|', Reviewed.Doubts(TrialBuilder.Build(Request, Load, Report with { OutputTokens = output }))));

    // The cache is filled before measured trials only.
    [Theory]
    [InlineData(0, null, false)]
    [InlineData(0, 0, false)]
    [InlineData(0, 1500, true)]
    [InlineData(1, null, true)]
    public void Build_WarmUpWithAPromptCache_IsWarmOnlyWhereTheTargetSaysSo(int repetition, int? cached, bool warm)
    {
        var request = Request with { WarmPrefix = true, Step = Request.Step with { Repetition = repetition } };
        var trial = TrialBuilder.Build(request, Load, Report with { CachedPromptTokens = cached });
        Assert.Equal(warm, trial.Flags.HasFlag(TrialFlags.WarmPrefix));
        Assert.Equal(warm, TrialVerdicts.FindDoubts([TrialReview.Review(trial)]).OfType<IntentVerdict>().Any());
    }

    [Fact]
    public void Build_ProperEndWithoutAToken_ProtocolBroken() =>
        Assert.IsType<ProtocolViolation>(TrialBuilder.Build(Request, Load, Report with { OutputTokens = 0, Marks = [] }).Outcome);

    [Fact]
    public void Build_ServerClaimsMoreTimeThanWasWaited_Flagged() =>
        Assert.Contains("clocks_disagree", Reviewed.Doubts(
            TrialBuilder.Build(Request, Load, Report with { Server = Report.Server with { Prefill = TimeSpan.FromSeconds(5) } })));

    [Fact]
    public void Build_ReloadInsideTheTimedRequest_Flagged() =>
        Assert.Contains("reloaded", Reviewed.Doubts(
            TrialBuilder.Build(Request, Load,
                Report with { Server = Report.Server with { Load = TimeSpan.FromSeconds(0.4), Prefill = TimeSpan.FromSeconds(0.2) } })));

    [Fact]
    public void Build_SmallerWindowThanAsked_Flagged() =>
        Assert.Contains("context_capped", Reviewed.Doubts(TrialBuilder.Build(Request, Load with { WindowTokens = 1024 }, Report)));

    [Fact]
    public void Build_LoadFailed_ItsOutcome_NoInference()
    {
        var trial = TrialBuilder.Build(Request, Load with { Outcome = new OutOfMemory("no room") }, report: null);
        Assert.Equal(new OutOfMemory("no room"), trial.Outcome);
        Assert.Null(trial.Client.Sent);
        Assert.Null(trial.OutputTokens);
        Assert.NotNull(trial.Client.LoadStarted);
        Assert.Null(trial.Client.Load);
    }

    [Fact]
    public void Build_FailedStream_KeepsPartialTimings()
    {
        var trial = TrialBuilder.Build(Request, Load, Report with { Outcome = new TargetDied("connection reset"), OutputTokens = null });
        Assert.IsType<TargetDied>(trial.Outcome);
        Assert.Equal(TimeSpan.FromSeconds(1), trial.Client.TimeToFirstToken);
        Assert.DoesNotContain("too_short_for_rate", Reviewed.Doubts(trial));
    }
}
