using System.Text.Json;
using System.Text.Json.Nodes;
using CsCheck;
using MemoryWall.Analysis.Review;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Trials;
using MemoryWall.Engine.Tests.Runs;
using MemoryWall.Runs.Json;
using MemoryWall.Runs.Schema;

namespace MemoryWall.Engine.Tests.Analysis.Review;

public sealed class TrialViewTests
{
    private static readonly string[] s_derived =
    [
        "doubts", "prefill_seconds", "prefill_source",
        "ttft_sending_seconds", "ttft_queue_seconds", "ttft_loading_seconds",
        "ttft_tokenization_seconds", "ttft_orchestration_seconds", "ttft_prefill_seconds",
        "ttft_first_token_seconds", "ttft_clock_rounding_seconds",
        "generation_seconds", "generation_source", "prefill_tps", "prefill_at_depth_tps",
        "generation_tps", "generation_tps_at_most",
        "blended_tps", "prefill_share", "draft_acceptance", "kv_bytes_in_use",
    ];

    private static readonly List<string> s_stored = [.. TrialSchema.Columns.Select(column => column.Name)];

    private static readonly Trial s_good = AnalysisSamples.Server(1, 2048, prefill: 4, generation: 6.3);

    [Fact]
    public void Create_CompletedTrial_HasEveryRate()
    {
        var view = TrialReview.Review(s_good);
        Assert.Equal(new PhaseTime(TimeSpan.FromSeconds(4), TimingSource.Server), view.Prefill);
        Assert.Equal(512, view.PrefillRate!.Value.PerSecond, 1e-9);
        Assert.Equal(10, view.GenerationRate!.Value.PerSecond, 1e-9);
        Assert.Equal((2048 + 64) / 10.3, view.BlendedRate!.Value.PerSecond, 1e-9);
        Assert.Equal(4 / 10.3, view.PrefillShare!.Value, 1e-9);
        Assert.Null(view.NoPrefillRateReason);
        Assert.Null(view.NoGenerationRateReason);
    }

    [Fact]
    public void Create_NativeTimings_ComeBeforeTheServers()
    {
        var view = TrialReview.Review(
            s_good with { Native = new NativeTimings { Prefill = TimeSpan.FromSeconds(2), Generation = TimeSpan.FromSeconds(3.15) } });
        Assert.Equal((TimingSource.Native, TimingSource.Native), (view.Prefill!.Value.Source, view.Generation!.Value.Source));
        Assert.Equal((1024, 20), (view.PrefillRate!.Value.PerSecond, Math.Round(view.GenerationRate!.Value.PerSecond, 9)));
    }

    [Fact]
    public void Create_ClientClockAlone_TakesTtftLessWhatTheServerSaysItWaited()
    {
        var trial = AnalysisSamples.Client();
        Assert.Equal(new PhaseTime(TimeSpan.FromSeconds(4), TimingSource.Client), TrialReview.Review(trial).Prefill);
        Assert.Equal(10, TrialReview.Review(trial).GenerationRate!.Value.PerSecond, 1e-9);

        var queued = trial with { ClaimedDoubts = ["queued"] };
        Assert.Null(TrialReview.Review(queued).PrefillRate);
        Assert.Equal(TimeSpan.FromSeconds(3),
            TrialReview.Review(queued with { Server = new ServerTimings { Queue = TimeSpan.FromSeconds(1) } }).Prefill!.Value.Duration);

        var reloaded = trial with { ClaimedDoubts = ["reloaded"] };
        Assert.Null(TrialReview.Review(reloaded).Prefill);
        Assert.Equal(TimeSpan.FromSeconds(1),
            TrialReview.Review(reloaded with { Server = new ServerTimings { Load = TimeSpan.FromSeconds(3) } }).Prefill!.Value.Duration);
        Assert.Null(TrialReview.Review(reloaded with { Server = new ServerTimings { Load = TimeSpan.FromSeconds(9) } }).Prefill);
    }

    [Fact]
    public void Create_ReasoningFirst_EndsPrefillWithTheFirstTokenOfAnyKind()
    {
        var trial = AnalysisSamples.Client();
        var view = TrialReview.Review(
            trial with
            {
                Client = trial.Client with
                {
                    TimeToFirstReasoning = TimeSpan.FromSeconds(2),
                    TimeToFirstToken = TimeSpan.FromSeconds(8)
                }
            });
        Assert.Equal(TimeSpan.FromSeconds(2), view.Prefill!.Value.Duration);
        Assert.Equal(TimeSpan.FromSeconds(8.3), view.Generation!.Value.Duration);
    }

    [Theory]
    [InlineData(64, true)]
    [InlineData(63, true)]
    [InlineData(58, true)]
    [InlineData(57, false)]
    [InlineData(7, false)]
    [InlineData(1, false)]
    public void Create_ClientClockAndFewerChunksThanTokens_GivesARateOnlyWhereItCanBeTrue(int chunks, bool rate)
    {
        var trial = AnalysisSamples.Client() with { Chunks = chunks };
        Assert.Equal(rate, TrialReview.Review(trial).GenerationRate is not null);
        Assert.NotNull(TrialReview.Review(s_good with { Chunks = chunks }).GenerationRate);
    }

    [Fact]
    public void Create_PromptNotComputedInFull_HasNoPrefillRate()
    {
        NoPrefillRate(s_good with { ClaimedDoubts = ["cache_hit"] });
        NoPrefillRate(s_good with { ClaimedDoubts = ["suspected_cache_hit"] });
        NoPrefillRate(s_good with { Method = SweepMethod.SyntheticDepth, SkippedPromptTokens = 1536 });
        NoPrefillRate(s_good with { Flags = TrialFlags.WarmPrefix });
    }

    [Fact]
    public void Create_AnswerThatCameAtOnce_HasNoRateByTheClientsClock()
    {
        NoPrefillRate(AnalysisSamples.Client() with { Arrivals = 1 });
        NoGenerationRate(TrialReview.Review(AnalysisSamples.Client() with { Arrivals = 1 }));
        NoPrefillRate(AnalysisSamples.Client() with { ClaimedDoubts = ["buffered"] });
        // The server's own report does not depend on when its answer arrived.
        Assert.NotNull(TrialReview.Review(s_good with { Arrivals = 1 }).PrefillRate);
    }

    [Fact]
    public void Create_CachedTokens_AreSubtractedOnlyWhereTheyAreATemplatesFirstOnes()
    {
        Assert.Equal((2048 - 20) / 4.0, TrialReview.Review(s_good with { CachedPromptTokens = 20 }).PrefillRate!.Value.PerSecond, 1e-9);
        Assert.Equal(512,
            TrialReview.Review(s_good with { CachedPromptTokens = 0, Flags = TrialFlags.WarmPrefix }).PrefillRate!.Value.PerSecond, 1e-9);
        NoPrefillRate(s_good with { CachedPromptTokens = 21 });
        NoPrefillRate(s_good with { CachedPromptTokens = 2048 });
        NoPrefillRate(s_good with { CachedPromptTokens = -1 });
    }

    [Fact]
    public void Create_CountThatIsMissingOrDiffers_HasNoPrefillRate()
    {
        NoPrefillRate(s_good with { CountedPromptTokens = null });
        NoPrefillRate(s_good with { CountedPromptTokens = 2047 });
        NoPrefillRate(s_good with { CountedPromptTokens = 2049 });
        NoPrefillRate(s_good with { CountedPromptTokens = 0, ContextTokens = 0 });
    }

    public static TheoryData<Outcome> Failures() =>
    [
        new OutOfMemory("killed"),
        new TimedOut(Phase.Load, TimeSpan.FromSeconds(1)),
        new TimedOut(Phase.Queue, TimeSpan.FromSeconds(1)),
        new TimedOut(Phase.Prefill, TimeSpan.FromSeconds(1)),
        new TimedOut(Phase.Generation, TimeSpan.FromSeconds(1)),
        new Refused(500, "no"),
        new Truncated(2048, 1024),
        new Miscounted(2048, 2050),
        new ProtocolViolation("no final frame"),
        new TargetDied("exit 137"),
        new Cancelled(),
        new UnknownOutcome("melted", ""),
    ];

    [Theory]
    [MemberData(nameof(Failures))]
    public void Create_FailedTrial_HasNoGenerationNorBlendedRateButKeepsItsTimings(Outcome outcome)
    {
        var view = TrialReview.Review(s_good with { Outcome = outcome });
        NoGenerationRate(view);
        Assert.Equal(new NotCompleted(outcome.Kind), view.NoGenerationRateReason);
        Assert.Equal(TimeSpan.FromSeconds(4), view.Prefill!.Value.Duration);
        Assert.Equal(TimeSpan.FromSeconds(6.3), view.Generation!.Value.Duration);
    }

    [Theory]
    [MemberData(nameof(Failures))]
    public void Create_FailedTrial_HasAPrefillRateOnlyWherePrefillWasOver(Outcome outcome)
    {
        var prefillWasOver = outcome is TimedOut { Phase: Phase.Generation } or OutOfMemory or TargetDied or Cancelled;
        Assert.Equal(prefillWasOver, TrialReview.Review(s_good with { Outcome = outcome }).PrefillRate is not null);
        // Half a prefill, with the time of the completed batches, gives no rate.
        NoPrefillRate(s_good with { Outcome = outcome, Client = new ClientTimings { Sent = s_good.Client.Sent } });
    }

    [Fact]
    public void Create_ThrashingTrial_ShowsHowSlowItWas()
    {
        var view = TrialReview.Review(s_good with { Outcome = new Thrashing("174,644 major faults") });
        Assert.Equal(10, view.GenerationRate!.Value.PerSecond, 1e-9);
    }

    [Fact]
    public void Create_EarlyEnd_HasARateOnlyWhereMostOfTheAnswerCame()
    {
        NoGenerationRate(TrialReview.Review(s_good with { OutputTokens = 31 }));
        Assert.NotNull(TrialReview.Review(s_good with { OutputTokens = 31 }).PrefillRate);
        // 32 of 64 tokens arrived, and the rate uses the tokens that arrived: 31 steps in 6.3 s.
        Assert.Equal(31 / 6.3,
            TrialReview.Review(s_good with { OutputTokens = 32 }).GenerationRate!.Value.PerSecond, 1e-9);
    }

    [Fact]
    public void Create_EmptyStream_HasNoRate()
    {
        var trial = s_good with
        {
            OutputTokens = 0,
            Chunks = 0,
            Client = new ClientTimings(),
            Server = new ServerTimings(),
            Outcome = new ProtocolViolation("no tokens at all")
        };
        NoGenerationRate(TrialReview.Review(trial));
        NoPrefillRate(trial);
        NoGenerationRate(TrialReview.Review(trial with { Outcome = new Completed() }));
    }

    [Fact]
    public void Create_MissingFinalFrame_HasNoRate()
    {
        var trial = AnalysisSamples.Client() with
        {
            CountedPromptTokens = null,
            OutputTokens = null,
            Outcome = new ProtocolViolation("no final frame")
        };
        NoGenerationRate(TrialReview.Review(trial));
        NoPrefillRate(trial);
        Assert.NotNull(TrialReview.Review(trial).Prefill);
    }

    [Fact]
    public void Create_OneToken_HasNoGenerationRate()
    {
        var oneMicrosecond = s_good.Server with { Generation = TimeSpan.FromMicroseconds(1) };
        NoGenerationRate(TrialReview.Review(s_good with { OutputTokens = 1, OutputTokensAsked = 1, Server = oneMicrosecond }));
        NoGenerationRate(TrialReview.Review(s_good with { OutputTokens = 1 }));
    }

    [Fact]
    public void Create_ZeroOrNegativeDuration_HasNoRate()
    {
        NoGenerationRate(TrialReview.Review(s_good with { Server = s_good.Server with { Generation = TimeSpan.Zero } }));
        NoPrefillRate(s_good with { Server = s_good.Server with { Prefill = TimeSpan.Zero } });
        NoPrefillRate(s_good with { Client = new ClientTimings(), Server = new ServerTimings { Prefill = TimeSpan.FromSeconds(-1) } });
        NoGenerationRate(
            TrialReview.Review(
                AnalysisSamples.Client()
                    with
                {
                    Client = new ClientTimings
                    {
                        TimeToFirstToken = TimeSpan.FromSeconds(4),
                        TimeToLastToken = TimeSpan.FromSeconds(4)
                    }
                }));
    }

    [Fact]
    public void Create_AnyTrial_GivesARateXorAReason() => StoreSamples.AnyTrial.Sample(trial =>
    {
        var view = TrialReview.Review(trial);
        Assert.Equal(view.PrefillRate is null, view.NoPrefillRateReason is not null);
        Assert.Equal(view.GenerationRate is null, view.NoGenerationRateReason is not null);
        Assert.Equal(view.PrefillRate is null || view.GenerationRate is null, view.BlendedRate is null);
        Assert.True(view.PrefillRate is not { PerSecond: not > 0 } && view.GenerationRate is not { PerSecond: not > 0 });
    });

    [Fact]
    public void Json_View_IsFlatWithTheColumnsOfTheTableAndTheRates()
    {
        var json = Json(
            TrialReview.Review(
                s_good with
                {
                    Flags = TrialFlags.AfterRestart,
                    Server = s_good.Server with { Queue = TimeSpan.FromSeconds(0.1) },
                    Outcome = new Refused(500, "no, \"sir\"")
                }));
        Assert.Equal(
            [.. s_stored, .. s_derived],
            json.Select(property => property.Key).Order().OrderBy(name => IndexOf(name)));
        Assert.All(json, property => Assert.True(property.Key is "flags" or "doubts" || property.Value is null or JsonValue, property.Key));
        Assert.Equal("""["after_restart"]""", json["flags"]!.ToJsonString());
        Assert.Equal("""[{"kind":"queued","wait_seconds":0.1}]""", json["doubts"]!.ToJsonString());
        Assert.Equal(("refused", "server", 4.125),
            ((string?)json["outcome"], (string?)json["prefill_source"], (double?)json["ttft_seconds"]));
        Assert.Equal(new Refused(500, "no, \"sir\""),
            JsonSerializer.Deserialize<Outcome>((string)json["outcome_json"]!, FactsJson.SingleLine));
        Assert.True(json.ContainsKey("prefill_tps") && json["prefill_tps"] is null);

        var good = Json(TrialReview.Review(s_good));
        Assert.Equal((512, 4.0), ((double)good["prefill_tps"]!, (double)good["prefill_seconds"]!));
        Assert.Equal(("[]", "[]"), (good["flags"]!.ToJsonString(), good["doubts"]!.ToJsonString()));
        Assert.Null(good["outcome_detail"]);
    }

    [Fact]
    public void Json_AnyTrial_IsWritten() =>
        StoreSamples.AnyTrial.Sample(trial => Json(TrialReview.Review(trial)).Count == s_stored.Count + s_derived.Length);

    private static int IndexOf(string name) =>
        s_stored.IndexOf(name) is >= 0 and var index
            ? index
            : s_stored.Count + Array.IndexOf(s_derived, name);

    private static JsonObject Json(TrialView view) => JsonNode.Parse(JsonSerializer.Serialize(view, FactsJson.SingleLine))!.AsObject();

    private static void NoPrefillRate(Trial trial)
    {
        var view = TrialReview.Review(trial);
        Assert.Equal((null, null, null), (view.PrefillRate, view.BlendedRate, view.PrefillShare));
        Assert.NotNull(view.NoPrefillRateReason);
    }

    private static void NoGenerationRate(TrialView view)
    {
        Assert.Equal((null, null, null), (view.GenerationRate, view.BlendedRate, view.PrefillShare));
        Assert.NotNull(view.NoGenerationRateReason);
    }
}
