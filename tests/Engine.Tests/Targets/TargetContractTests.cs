using MemoryWall.Analysis;
using MemoryWall.Analysis.Review;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Trials;
using MemoryWall.Reporting.Phrases;
using MemoryWall.ScriptedServer;
using MemoryWall.Targets;
using MemoryWall.Targets.Http;

namespace MemoryWall.Engine.Tests.Targets;

/// <summary>The contract of all targets in every protocol: one test for each correct or faulty behaviour of a server.</summary>
public class TargetContractTests
{
    public static TheoryData<Speaks> All => [.. Enum.GetValues<Speaks>()];

    private static bool IsExternalOllama(Speaks speaks) => speaks is Speaks.OllamaOld or Speaks.OllamaNew or Speaks.OllamaNewest;

    private static bool TellsCached(Speaks speaks) => speaks is not (Speaks.OllamaOld or Speaks.OllamaNew);

    private static bool TellsDurations(Speaks speaks) => speaks is not (Speaks.OpenAi or Speaks.OpenAiChat);

    [Theory]
    [MemberData(nameof(All))]
    public async Task Infer_TrueServer_Completes(Speaks speaks)
    {
        var prefill = TimeSpan.FromMilliseconds(60);
        var step = TimeSpan.FromMilliseconds(10);
        await using var scripted = Scripted.Start(speaks, new Behaviour { Prefill = prefill, Step = step });
        var seen = new List<StreamMark>();

        var report = await scripted.InferAsync(live: seen.Add);

        Assert.Equal(new Completed(), report.Outcome);
        Assert.Equal(Scripted.Words + 1 + (speaks == Speaks.OpenAiChat ? 10 : 0), report.CountedPromptTokens);
        Assert.Equal(Scripted.Asked, report.OutputTokens);
        Assert.Equal(Scripted.Asked, report.Marks.Count(mark => mark.Kind == MarkKind.Chunk));
        Assert.Equal(report.Marks, seen);
        Assert.True(report.Client.TimeToFirstToken >= prefill, $"TTFT {report.Client.TimeToFirstToken}");
        Assert.True(report.Client.TimeToLastToken >= prefill + (step * (Scripted.Asked - 1)),
            $"last token {report.Client.TimeToLastToken}");
        Assert.True(report.Client.TimeToEnd >= report.Client.TimeToLastToken);
        Assert.Equal(TellsDurations(speaks) ? prefill : null, report.Server.Prefill);
        Assert.Equal(TellsDurations(speaks) ? step * (Scripted.Asked - 1) : null, report.Server.Generation);
        Assert.Equal(TellsCached(speaks) ? 0 : null, report.CachedPromptTokens);
        // A client that is not scheduled for a while receives the answer in one piece.
        Assert.Empty(Reviewed.Doubts(report).Except(["clocks_disagree", "buffered"]));
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task Infer_MissingFinalFrame_IsBrokenProtocolAndKeepsMarks(Speaks speaks)
    {
        await using var scripted = Scripted.Start(speaks, new Behaviour { Ending = Ending.NoFinalFrame, EndAfter = 3 });
        var report = await scripted.InferAsync();
        Assert.IsType<ProtocolViolation>(report.Outcome);
        AssertPartial(report, 3);
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task Infer_RunnerDiesMidStream_IsTargetDiedInItsWords(Speaks speaks)
    {
        await using var scripted = Scripted.Start(speaks, new Behaviour { Ending = Ending.Error, EndAfter = 3 });
        var report = await scripted.InferAsync();
        Assert.Equal(new TargetDied("an error was encountered while running the model: unexpected EOF"), report.Outcome);
        AssertPartial(report, 3);
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task Infer_OutOfMemoryMidStream_IsOutOfMemoryInItsWords(Speaks speaks)
    {
        await using var scripted = Scripted.Start(speaks,
            new Behaviour { Ending = Ending.Error, ErrorText = "CUDA out of memory. Tried to allocate 2 GiB" });
        var report = await scripted.InferAsync();
        Assert.Equal(new OutOfMemory("CUDA out of memory. Tried to allocate 2 GiB"), report.Outcome);
        AssertPartial(report, 2);
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task Infer_OtherErrorMidStream_IsRefusedInItsWords(Speaks speaks)
    {
        await using var scripted = Scripted.Start(speaks, new Behaviour { Ending = Ending.Error, ErrorText = "the sampler is unhappy" });
        Assert.Equal(new Refused(200, "the sampler is unhappy"), (await scripted.InferAsync()).Outcome);
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task Infer_ConnectionCloses_IsTargetDiedAndKeepsMarks(Speaks speaks)
    {
        await using var scripted = Scripted.Start(speaks, new Behaviour { Ending = Ending.Close, EndAfter = 4 });
        var report = await scripted.InferAsync();
        Assert.IsType<TargetDied>(report.Outcome);
        AssertPartial(report, 4);
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task Infer_ConnectionReset_IsTargetDied(Speaks speaks)
    {
        await using var scripted = Scripted.Start(speaks,
            new Behaviour { Ending = Ending.Reset, Step = TimeSpan.FromMilliseconds(30), EndAfter = 4 });
        var report = await scripted.InferAsync();
        Assert.IsType<TargetDied>(report.Outcome);
        Assert.True(report.Marks.Count >= 3, "the chunks before the reset");
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task Infer_Silence_TimesOutAndKeepsMarks(Speaks speaks)
    {
        var silence = TimeSpan.FromMilliseconds(500);
        await using var scripted = Scripted.Start(speaks, new Behaviour { Ending = Ending.Hang, EndAfter = 4 });
        var report = await scripted.InferAsync(Scripted.Request(limits: new PhaseLimits { Silence = silence }));
        Assert.Equal(new TimedOut(Phase.Generation, silence), report.Outcome);
        AssertPartial(report, 4);
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task Infer_SlowPrefill_TimesOutInPrefill(Speaks speaks)
    {
        var limit = TimeSpan.FromMilliseconds(300);
        await using var scripted = Scripted.Start(speaks, new Behaviour { Prefill = TimeSpan.FromMinutes(1) });
        var report = await scripted.InferAsync(Scripted.Request(limits: new PhaseLimits { Prefill = limit }));
        Assert.Equal(new TimedOut(Phase.Prefill, limit), report.Outcome);
        Assert.Empty(report.Marks);
        Assert.Null(report.Client.TimeToFirstToken);
        Assert.NotNull(report.Client.Sent);
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task Infer_SlowDrip_TimesOutInGeneration(Speaks speaks)
    {
        var limit = TimeSpan.FromMilliseconds(400);
        await using var scripted = Scripted.Start(speaks, new Behaviour { Step = TimeSpan.FromMilliseconds(150) });
        var report = await scripted.InferAsync(
            Scripted.Request(output: 100, limits: new PhaseLimits { Generation = limit, Silence = TimeSpan.FromSeconds(10) }));
        Assert.Equal(new TimedOut(Phase.Generation, limit), report.Outcome);
        Assert.InRange(report.Marks.Count, 1, 10);
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task Infer_EndlessStream_IsBrokenProtocol(Speaks speaks)
    {
        await using var scripted = Scripted.Start(speaks, new Behaviour { Ending = Ending.Endless });
        var report = await scripted.InferAsync();
        Assert.Contains("no end", Assert.IsType<ProtocolViolation>(report.Outcome).Reason, StringComparison.Ordinal);
        Assert.InRange(report.Marks.Count, 1000, 2000);
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task Infer_Garbage_IsBrokenProtocolWithoutControlCharacters(Speaks speaks)
    {
        await using var scripted = Scripted.Start(speaks, new Behaviour { Ending = Ending.Garbage });
        var report = await scripted.InferAsync();
        Assert.DoesNotContain(Assert.IsType<ProtocolViolation>(report.Outcome).Reason, char.IsControl);
        AssertPartial(report, 2);
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task Infer_GiantLine_IsBrokenProtocol(Speaks speaks)
    {
        await using var scripted = Scripted.Start(speaks, new Behaviour { Ending = Ending.GiantLine });
        var report = await scripted.InferAsync();
        Assert.Contains("longer than", Assert.IsType<ProtocolViolation>(report.Outcome).Reason, StringComparison.Ordinal);
        AssertPartial(report, 2);
    }

    public static TheoryData<Speaks, string> OddFrames
    {
        get
        {
            var data = new TheoryData<Speaks, string>();
            foreach (var speaks in Enum.GetValues<Speaks>())
            {
                foreach (var frame in (string[])[
                    "{\"\\ud800\":1,\"x\\u0041\":2,\"done\":true,\"stop\":true}", "{\"response\":\"\\ud800\",\"content\":\"\\ud800\"}",
                    "{\"error\":\"\\ud800\"}",
                    "{\"error\":{}}", "{\"error\":[1]}", "{\"error\":false}", "{\"done\":\"yes\",\"stop\":1,\"done_reason\":3}",
                    "{\"choices\":[{\"finish_reason\":\"\\ud800\"}]}", "[]", "null", "7"])
                    data.Add(speaks, frame);
            }
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(OddFrames))]
    public async Task Infer_OddButWholeFrame_IsAnOutcome(Speaks speaks, string frame)
    {
        await using var server = LyingServer.Start(Noise(speaks, frame));
        await using var target = Scripted.Open(speaks, server.Endpoint, "tiny");
        await target.LoadAsync(100, CancellationToken.None);
        Assert.False((await target.InferAsync(Scripted.Request(), null, CancellationToken.None)).Outcome.IsCompleted);
    }

    private static Func<ScriptedRequest, Reply> Noise(Speaks speaks, string frame) =>
        TargetFuzzTests.Answer(speaks,
            () => IsExternalOllama(speaks) || speaks is Speaks.Embedded
                ? Reply.Stream().Line(frame).End()
                : Reply.Stream("text/event-stream").Event(frame).End());

    [Theory]
    [MemberData(nameof(All))]
    public async Task Infer_OmittedFields_StayAbsent(Speaks speaks)
    {
        await using var scripted = Scripted.Start(speaks, new Behaviour { OmitCounts = true });
        var report = await scripted.InferAsync();
        Assert.Equal(new Completed(), report.Outcome);
        Assert.Null(report.CountedPromptTokens);
        Assert.Null(report.OutputTokens);
        Assert.Equal(new ServerTimings(), report.Server);
        Assert.Contains("count_unreported", Reviewed.Doubts(report));
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task Infer_ZeroDurations_StayAbsent(Speaks speaks)
    {
        await using var scripted = Scripted.Start(speaks,
            new Behaviour { ReportedPrefill = TimeSpan.Zero, ReportedGeneration = TimeSpan.Zero, ReportedLoad = TimeSpan.Zero });
        var report = await scripted.InferAsync();
        Assert.Equal(new Completed(), report.Outcome);
        Assert.Null(report.Server.Prefill);
        Assert.Null(report.Server.Generation);
        Assert.Null(report.Server.Load);
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task Infer_WrongCounts_AreReported(Speaks speaks)
    {
        await using var scripted = Scripted.Start(speaks, new Behaviour { CountedPrompt = 11, CountedOutput = 5 });
        var report = await scripted.InferAsync();
        Assert.Equal(11, report.CountedPromptTokens);
        Assert.Equal(5, report.OutputTokens);
        Assert.Contains("early_stop", Reviewed.Doubts(report));
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task Infer_EarlyEnd_IsFlagged(Speaks speaks)
    {
        await using var scripted = Scripted.Start(speaks, new Behaviour { Tokens = 3, StopReason = "stop" });
        var report = await scripted.InferAsync();
        Assert.Equal(new Completed(), report.Outcome);
        Assert.Equal(3, report.OutputTokens);
        Assert.Contains("early_stop", Reviewed.Doubts(report));
        Assert.DoesNotContain("too_short_for_rate", Reviewed.Doubts(report));
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task Infer_OneToken_YieldsNoGenerationTime(Speaks speaks)
    {
        await using var scripted = Scripted.Start(speaks,
            new Behaviour { Tokens = 1, StopReason = "stop", ReportedGeneration = TimeSpan.FromMicroseconds(1) });
        var report = await scripted.InferAsync();
        Assert.Equal(new Completed(), report.Outcome);
        Assert.Null(report.Server.Generation);
        Assert.Superset(new HashSet<string> { "early_stop", "too_short_for_rate" }, new HashSet<string>(Reviewed.Doubts(report)));
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task Infer_NoTokenAtAll_IsBrokenProtocol(Speaks speaks)
    {
        await using var scripted = Scripted.Start(speaks, new Behaviour { Tokens = 0 });
        Assert.IsType<ProtocolViolation>((await scripted.InferAsync()).Outcome);
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task Infer_TornIntoBytesAmongUnicode_LosesNothing(Speaks speaks)
    {
        await using var scripted = Scripted.Start(speaks, new Behaviour { Text = " é漢😀\"\\", TearEvery = 1 });
        var report = await scripted.InferAsync();
        Assert.Equal(new Completed(), report.Outcome);
        Assert.Equal(Scripted.Asked, report.Marks.Count);
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task Infer_SeveralTokensInAChunk_CountsTokensNotChunks(Speaks speaks)
    {
        await using var scripted = Scripted.Start(speaks, new Behaviour { Tokens = 9, TokensPerChunk = 3 });
        var report = await scripted.InferAsync(Scripted.Request(output: 9));
        Assert.Equal(9, report.OutputTokens);
        if (IsExternalOllama(speaks) || !TellsDurations(speaks))
        {
            Assert.Equal(3, report.Marks.Count);
            Assert.All(report.Marks, mark => Assert.Null(mark.Tokens));
        }
        else
        {
            Assert.Equal(9, report.Marks.Sum(mark => mark.Tokens));
        }
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task Infer_CacheHit_IsFlaggedWhereTheServerTells(Speaks speaks)
    {
        await using var scripted = Scripted.Start(speaks, new Behaviour { CachedPrompt = 15 });
        var report = await scripted.InferAsync();
        Assert.Equal(TellsCached(speaks) ? 15 : null, report.CachedPromptTokens);
        Assert.Equal(TellsCached(speaks), Reviewed.Doubts(report).Contains("cache_hit"));
        Assert.Equal(Scripted.Words + 1 + (speaks == Speaks.OpenAiChat ? 10 : 0), report.CountedPromptTokens);
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task Infer_WarmPrefixOnPurpose_IsLabelledAndNoHit(Speaks speaks)
    {
        await using var scripted = Scripted.Start(speaks, new Behaviour { CachedPrompt = 15 });
        var request = Scripted.Request() with { WarmPrefix = true };
        var trial = Reviewed.Trial(await scripted.InferAsync(request), request);
        Assert.True(trial.Flags.HasFlag(TrialFlags.WarmPrefix));
        Assert.DoesNotContain("cache_hit", Reviewed.Doubts(trial));
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task Infer_WaitThatTheServerDoesNotReport_ShowsAsDisagreement(Speaks speaks)
    {
        await using var scripted = Scripted.Start(speaks,
            new Behaviour { Prefill = TimeSpan.FromMilliseconds(700), ReportedPrefill = TimeSpan.FromMilliseconds(20) });
        Assert.Equal(TellsDurations(speaks), Reviewed.Doubts(await scripted.InferAsync()).Contains("clocks_disagree"));
    }

    [LongTheory]
    [MemberData(nameof(All))]
    public async Task Infer_UnreportedWaitDuringOtherStreams_IsAQueue(Speaks speaks)
    {
        await using var scripted = Scripted.Start(speaks,
            new Behaviour { Prefill = TimeSpan.FromMilliseconds(700), ReportedPrefill = TimeSpan.FromMilliseconds(20) });
        var doubts = Reviewed.Doubts(await scripted.InferAsync(), concurrency: 2);
        // The embedded server reports its queue time, so a longer wait is not queue time.
        Assert.Equal(TellsDurations(speaks) && speaks is not Speaks.Embedded, doubts.Contains("queued"));
        Assert.Equal(speaks is Speaks.Embedded, doubts.Contains("clocks_disagree"));
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task Infer_CancelledMidStream_ReportsWhatWasSeen(Speaks speaks)
    {
        await using var scripted = Scripted.Start(speaks, new Behaviour { Ending = Ending.Hang, EndAfter = 4 });
        using var user = new CancellationTokenSource();
        var seen = 0;
        var report = await scripted.InferAsync(live: _ =>
        {
            if (++seen == 4)
                user.CancelAfter(TimeSpan.FromMilliseconds(20));
        }, cancellation: user.Token);
        Assert.Equal(new Cancelled(), report.Outcome);
        AssertPartial(report, 4);
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task Infer_PromptLongerThanTheWindow_IsRefusedWithTheServersWords(Speaks speaks)
    {
        await using var scripted = Scripted.Start(speaks, new Behaviour { Window = 100 });
        var request = Scripted.Request(words: 300);
        var report = await scripted.InferAsync(request);
        var refused = Assert.IsType<Refused>(report.Outcome);
        Assert.Equal(400, refused.Status);
        Assert.Contains("context", refused.Text, StringComparison.Ordinal);
        Assert.True(Reviewed.Doubts(report, request).Contains("context_capped") || speaks == Speaks.OpenAiChat);
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task Infer_NoServer_IsTargetDied(Speaks speaks)
    {
        Uri endpoint;
        await using (var gone = LyingServer.Start(_ => Reply.Nothing()))
            endpoint = gone.Endpoint;
        await using var target = Scripted.Open(speaks, endpoint, "tiny");
        Assert.IsType<TargetDied>((await target.ProbeAsync(CancellationToken.None)).Problem);
        var load = await target.LoadAsync(100, CancellationToken.None);
        Assert.IsType<TargetDied>(load.Outcome);
        Assert.Null(load.Duration);
        Assert.IsType<TargetDied>((await target.InferAsync(Scripted.Request(), null, CancellationToken.None)).Outcome);
        var count = await target.CountTokensAsync("one", CancellationToken.None);
        Assert.Null(count.Tokens);
        Assert.IsType<TargetDied>(count.Problem);
    }

    public static TheoryData<Speaks, int, string> Refusals
    {
        get
        {
            var data = new TheoryData<Speaks, int, string>();
            foreach (var speaks in Enum.GetValues<Speaks>())
            {
                data.Add(speaks, 403, "");
                data.Add(speaks, 429, """{"error":{"message":"slow down"}}""");
                data.Add(speaks, 500, """{"error":"something broke"}""");
                data.Add(speaks, 503, """{"detail":"busy"}""");
            }
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Refusals))]
    public async Task Infer_Refusal_IsRefusedWithStatusAndWords(Speaks speaks, int status, string body)
    {
        await using var scripted = Scripted.Start(speaks, new Behaviour { Refusal = (status, body) });
        var refused = Assert.IsType<Refused>((await scripted.InferAsync()).Outcome);
        Assert.Equal(status, refused.Status);
        Assert.Equal(status switch { 403 => "no message", 429 => "slow down", 500 => "something broke", _ => "busy" }, refused.Text);
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task Infer_ServerRepeatsTheKey_ItStaysHidden(Speaks speaks)
    {
        const string Secret = "sk-very-secret-0123456789";
        await using var scripted = Scripted.Start(speaks,
            new Behaviour { Refusal = (500, $$$"""{"error":"bad key {{{Secret}}} \u001b[2J"}""") }, ApiKey.FromLauncher(Secret));
        var report = await scripted.InferAsync();
        Assert.DoesNotContain(Secret, report.ToString(), StringComparison.Ordinal);
        Assert.Contains("(hidden key)", report.Outcome.Detail, StringComparison.Ordinal);
        Assert.DoesNotContain(report.Outcome.Detail, char.IsControl);
        Assert.All(scripted.Server.Requests, request => Assert.Equal($"Bearer {Secret}", request.Headers["Authorization"]));
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task Infer_NoiseWithTheKeyAcrossItsCut_KeepsNoPartOfIt(Speaks speaks)
    {
        const string Secret = "sk-very-secret-0123456789";
        await using var scripted = Scripted.Start(speaks, Noise(speaks, $"{{{{{new string('x', 185)}{Secret}"),
            ApiKey.FromLauncher(Secret));
        var reason = Assert.IsType<ProtocolViolation>((await scripted.InferAsync()).Outcome).Reason;
        Assert.Contains("xxx", reason, StringComparison.Ordinal);
        Assert.DoesNotContain(Secret[..6], reason, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task Infer_PackedAnswer_IsRefusedForWhatItIs(Speaks speaks)
    {
        await using var scripted = Scripted.Start(speaks,
            TargetFuzzTests.Answer(speaks, () => Reply.Whole(200, "x", header: "Content-Encoding: gzip")));
        Assert.Contains("compressed (gzip)", Assert.IsType<Refused>((await scripted.InferAsync()).Outcome).Text, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task Infer_AnswerHeldBackAndSentAtOnce_IsFlagged(Speaks speaks)
    {
        var behaviour = new Behaviour { Prefill = TimeSpan.FromMilliseconds(60), Step = TimeSpan.FromMilliseconds(1), HeldBack = true };
        await using var scripted = Scripted.Start(speaks, behaviour);
        var request = Scripted.Request(output: 64);
        using var load = MachineLoad.Watch();
        var report = await scripted.InferAsync(request);
        Assert.Equal(new Completed(), report.Outcome);
        var view = TrialReview.Review(Reviewed.Trial(report, request));
        // Where the server is interrupted while it sends, the answer arrives in pieces.
        load.Judge(() =>
        {
            var doubt = Assert.Single(view.Doubts.OfType<Buffered>());
            Assert.Equal((64, TellsDurations(speaks)), (doubt.Tokens, doubt.HasReportedRates));
            // The server's own rates rest on no arrival.
            Assert.Equal(TellsDurations(speaks), view.GenerationRate is not null);
            Assert.DoesNotContain(view.Doubts, one => one is ClocksDisagree);
        });
    }

    [LongTheory]
    [MemberData(nameof(All))]
    public async Task Infer_ProxyThatCollectsChunks_MakesTheFirstTokenLateAndNothingAtOnce(Speaks speaks)
    {
        // Long steps, because a busy machine may not run the client for half a second, and would read several pieces as one.
        var step = TimeSpan.FromMilliseconds(24);
        var behaviour = new Behaviour { Prefill = TimeSpan.FromMilliseconds(20), Step = step, ChunksPerWrite = 16 };
        await using var scripted = Scripted.Start(speaks, behaviour);
        var request = Scripted.Request(output: 64);
        var report = await scripted.InferAsync(request);
        Assert.Equal((new Completed(), 64), (report.Outcome, report.Marks.Count));
        var trial = Reviewed.Trial(report, request);
        var doubt = Assert.Single(TrialReview.Review(trial).Doubts.OfType<Buffered>());
        Assert.Equal((64, TellsDurations(speaks)), (doubt.Tokens, doubt.HasReportedRates));
        Assert.InRange(doubt.Pieces!.Value, 2, 8);
        Assert.DoesNotContain("all at once", DoubtPhrases.Describe(doubt), StringComparison.Ordinal);
        if (speaks is not Speaks.Embedded)
            Assert.Null(TokenGaps.Extract(trial, report.Marks).Gaps);
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task Infer_SeveralTokensWithOneStamp_HaveNoTimesBetweenThem(Speaks speaks)
    {
        var behaviour = new Behaviour { Prefill = TimeSpan.FromMilliseconds(60), Step = TimeSpan.FromMilliseconds(4), ChunksPerWrite = 4 };
        await using var scripted = Scripted.Start(speaks, behaviour);
        var request = Scripted.Request(output: 64);
        var report = await scripted.InferAsync(request);
        var trial = Reviewed.Trial(report, request);
        var (gaps, why) = TokenGaps.Extract(trial, report.Marks);
        if (speaks is Speaks.Embedded)
            Assert.Equal(TimingSource.Native, gaps!.Source);
        else
            Assert.Equal(64, Assert.IsType<BunchedArrivals>(why).Tokens);
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task Infer_Speculation_IsCountedAndItsTokensHaveNoTimesBetweenThem(Speaks speaks)
    {
        var behaviour = new Behaviour { Step = TimeSpan.FromMilliseconds(4), Draft = (9, 6), Forms = StreamForms.TimingsInEveryChunk };
        await using var scripted = Scripted.Start(speaks, behaviour);
        var report = await scripted.InferAsync();
        var tells = speaks is Speaks.LlamaServer or Speaks.OpenAi or Speaks.OpenAiChat;
        Assert.Equal(tells ? (9, 6) : (null, (int?)null), (report.DraftTokens, report.AcceptedDraftTokens));
        // The last values count, not the first.
        Assert.Equal((Scripted.Asked, Scripted.Words + 1 + (speaks == Speaks.OpenAiChat ? 10 : 0)),
            (report.OutputTokens, report.CountedPromptTokens));
        Assert.Equal(tells ? behaviour.Step * (Scripted.Asked - 1) : report.Server.Generation, report.Server.Generation);
        var trial = Reviewed.Trial(report);
        Assert.Equal(tells, trial.Flags.HasFlag(TrialFlags.Speculative));
        if (!tells)
            return;
        Assert.IsType<SpeculatedTokens>(TokenGaps.Extract(trial, report.Marks).Why);
        Assert.Contains("speculative 67% accepted", DoubtPhrases.Labels(TrialReview.Review(trial)), StringComparison.Ordinal);
    }

    public static TheoryData<Speaks, StreamForms> EventForms
    {
        get
        {
            var data = new TheoryData<Speaks, StreamForms>();
            foreach (var speaks in (Speaks[])[Speaks.LlamaServer, Speaks.OpenAi, Speaks.OpenAiChat])
            {
                foreach (var form in Enum.GetValues<StreamForms>().Append(StreamForms.Comments | StreamForms.PingEvents | StreamForms.Role
                    | StreamForms.Parts | StreamForms.UsageInEveryChunk | StreamForms.NullReason | StreamForms.TimingsInEveryChunk))
                    data.Add(speaks, form);
            }
            return data;
        }
    }

    [Theory]
    [MemberData(nameof(EventForms))]
    public async Task Infer_FormOfARealStream_IsNoTokenNoFirstTokenAndNoRate(Speaks speaks, StreamForms forms)
    {
        var prefill = TimeSpan.FromMilliseconds(40);
        var step = TimeSpan.FromMilliseconds(4);
        await using var scripted = Scripted.Start(speaks, new Behaviour { Prefill = prefill, Step = step, Forms = forms });
        var report = await scripted.InferAsync();
        Assert.Equal((new Completed(), Scripted.Asked), (report.Outcome, report.Marks.Count(mark => mark.Kind == MarkKind.Chunk)));
        Assert.DoesNotContain(report.Marks, mark => mark.Kind == MarkKind.Reasoning);
        Assert.Equal((Scripted.Words + 1 + (speaks == Speaks.OpenAiChat ? 10 : 0), Scripted.Asked),
            (report.CountedPromptTokens, report.OutputTokens));
        Assert.True(report.Client.TimeToFirstToken >= prefill, $"TTFT {report.Client.TimeToFirstToken}");
        Assert.Equal(speaks == Speaks.LlamaServer ? "limit" : "length", report.StopReason);
    }

    [Theory]
    [MemberData(nameof(EventForms))]
    public async Task Infer_FormOfARealStreamThatIsCut_HasNoCountsOfTheWholeAnswer(Speaks speaks, StreamForms forms)
    {
        await using var scripted = Scripted.Start(speaks, new Behaviour { Ending = Ending.Close, EndAfter = 3, Forms = forms });
        var report = await scripted.InferAsync();
        Assert.IsType<TargetDied>(report.Outcome);
        AssertPartial(report, 3);
    }

    [Theory]
    [InlineData(Speaks.LlamaServer, StreamForms.ErrorEvent)]
    [InlineData(Speaks.OpenAi, StreamForms.ErrorEvent)]
    [InlineData(Speaks.OpenAiChat, StreamForms.ErrorEvent)]
    [InlineData(Speaks.LlamaServer, StreamForms.ErrorObject)]
    [InlineData(Speaks.OpenAi, StreamForms.ErrorObject)]
    [InlineData(Speaks.OpenAiChat, StreamForms.ErrorObject)]
    public async Task Infer_ErrorOfAnotherFormWithStatus200_IsTheServersWords(Speaks speaks, StreamForms forms)
    {
        await using var scripted = Scripted.Start(speaks,
            new Behaviour { Ending = Ending.Error, ErrorText = "the sampler is unhappy", Forms = forms });
        var report = await scripted.InferAsync();
        Assert.Equal(new Refused(200, "the sampler is unhappy"), report.Outcome);
        AssertPartial(report, 2);
    }

    [Theory]
    [InlineData(StreamForms.None)]
    [InlineData(StreamForms.ReasoningField)]
    [InlineData(StreamForms.ReasoningPart)]
    public async Task Infer_ReasoningOfEachForm_IsReasoningAndNoContent(StreamForms forms)
    {
        await using var scripted = Scripted.Start(Speaks.OpenAiChat, new Behaviour { ReasoningChunks = 3, Forms = forms });
        var report = await scripted.InferAsync();
        Assert.Equal((3, Scripted.Asked), (report.Marks.Count(mark => mark.Kind == MarkKind.Reasoning),
            report.Marks.Count(mark => mark.Kind == MarkKind.Chunk)));
        Assert.True(report.Client.TimeToFirstReasoning <= report.Client.TimeToFirstToken);
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task Load_ConfigurationThatTheServerRejects_IsRefusedAndNotDied(Speaks speaks)
    {
        const string Words = "llama-server process has terminated: exit status 1: llama_init_from_model: quantized V cache requires "
            + "flash_attn to be enabled";
        await using var scripted = Scripted.Start(speaks, new Behaviour { LoadRefusal = (500, $$"""{"error":"{{Words}}"}""") });
        Assert.Equal(new Refused(500, Words), (await scripted.Target.LoadAsync(1000, CancellationToken.None)).Outcome);
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task Infer_WholeAnswerInOneChunk_IsFlaggedWhereOnlyTheClientsClockIsThere(Speaks speaks)
    {
        await using var scripted = Scripted.Start(speaks,
            new Behaviour { Prefill = TimeSpan.FromMilliseconds(20), Step = TimeSpan.FromMilliseconds(1), TokensPerChunk = 64 });
        var request = Scripted.Request(output: 64);
        using var load = MachineLoad.Watch();
        var isFlagged = new List<bool>();
        // A client that is not scheduled meanwhile sees the first token late, which is flagged as well, but not each time.
        while (isFlagged.Count < 5 && !isFlagged.Contains(!TellsDurations(speaks)))
        {
            var report = await scripted.InferAsync(request);
            Assert.Equal(64, report.OutputTokens);
            isFlagged.Add(Reviewed.Doubts(report, request).Contains("buffered"));
        }
        load.Judge(() => Assert.Contains(!TellsDurations(speaks), isFlagged));
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task Infer_Redirect_IsRefusedAndNotFollowed(Speaks speaks)
    {
        await using var elsewhere = LyingServer.Start(_ => Reply.Json("{}"));
        await using var scripted = Scripted.Start(speaks, _ => Reply.Whole(302, "", header: $"Location: {elsewhere.Endpoint}"));
        Assert.Equal(302, Assert.IsType<Refused>((await scripted.InferAsync()).Outcome).Status);
        Assert.Empty(elsewhere.Requests);
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task Infer_EveryRequest_HasAConnectionOfItsOwnAndIsSentOnce(Speaks speaks)
    {
        await using var scripted = Scripted.Start(speaks, new Behaviour());
        await scripted.InferAsync();
        await scripted.InferAsync();
        Assert.Equal(scripted.Server.Requests.Count, scripted.Server.Connections);
        Assert.Equal(2,
            scripted.Server.Requests.Count(
                request => System.Text.Encoding.UTF8.GetString(request.Body).Contains("w19", StringComparison.Ordinal)
            && request.Path != (speaks == Speaks.OpenAiChat ? "/v1/completions" : "")));
    }

    [LongTheory]
    [MemberData(nameof(All))]
    public async Task Infer_SlowReaderOfMarks_DoesNotDelayStamps(Speaks speaks)
    {
        await using var scripted = Scripted.Start(speaks, new Behaviour { Step = TimeSpan.FromMilliseconds(5) });
        var blocked = TimeSpan.FromSeconds(1);
        using var never = new ManualResetEventSlim();
        var seen = 0;
        var report = await scripted.InferAsync(Scripted.Request(output: 20), live: _ => never.Wait(++seen == 1 ? blocked : TimeSpan.Zero));
        Assert.Equal(new Completed(), report.Outcome);
        // The reader slept for a second at the first mark. The other marks arrived within 0.1 s and have their own times.
        Assert.True(report.Marks[14].Arrived.Since(report.Marks[0].Arrived) < blocked);
    }

    // The count needs a window of its own where the loaded one is shorter than the text.
    [Fact]
    public async Task Count_TextLongerThanTheLoadedWindow_GetsALongerOne()
    {
        await using var scripted = Scripted.Start(Speaks.OllamaNew, new Behaviour());
        await scripted.Target.LoadAsync(16, CancellationToken.None);
        var text = string.Join(' ', Enumerable.Repeat("word", 300));
        Assert.Equal(301, (await scripted.Target.CountTokensAsync(text, CancellationToken.None)).Tokens);
    }

    [Fact]
    public async Task Count_RefusalThatTellsTheCount_IsTheCount()
    {
        var behaviour = new Behaviour
        {
            Refusal = (400, """{"error":"request (1019 tokens) exceeds the available context size (768 tokens), try increasing it"}"""),
        };
        await using var scripted = Scripted.Start(Speaks.OllamaNew, behaviour);
        Assert.Equal(1019, (await scripted.Target.CountTokensAsync("one", CancellationToken.None)).Tokens);
    }

    [Fact]
    public async Task Count_OtherRefusal_KeepsTheServersWords()
    {
        await using var scripted = Scripted.Start(Speaks.OllamaNew,
            new Behaviour { Refusal = (400, """{"error":"no such thing here"}""") });
        var count = await scripted.Target.CountTokensAsync("one", CancellationToken.None);
        Assert.Null(count.Tokens);
        Assert.Contains("no such thing here", count.Problem!.Detail, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task Count_Words_IsTheServersCount(Speaks speaks)
    {
        await using var scripted = Scripted.Start(speaks, new Behaviour());
        await scripted.Target.LoadAsync(1000, CancellationToken.None);
        Assert.Equal(4 + (speaks == Speaks.OpenAiChat ? 10 : 0),
            (await scripted.Target.CountTokensAsync("one two three", CancellationToken.None)).Tokens);
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task Probe_TrueServer_TellsWhatItIs(Speaks speaks)
    {
        await using var scripted = Scripted.Start(speaks, new Behaviour());
        var probe = await scripted.Target.ProbeAsync(CancellationToken.None);
        Assert.Null(probe.Problem);
        Assert.Equal(
            speaks switch
            {
                Speaks.Embedded => "embedded",
                Speaks.LlamaServer => "llama-server",
                Speaks.OpenAi or Speaks.OpenAiChat => "openai",
                _ => "ollama"
            },
            probe.Facts!.Kind);
        Assert.Equal("tiny", probe.Facts.Model);
        Assert.Equal(8192, probe.Facts.MaxContextTokens);
        Assert.NotNull(probe.Facts.ServerVersion);
        Assert.Equal(!IsExternalOllama(speaks), probe.Facts.CanIgnoreEos);
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task Load_WindowSmallerThanAsked_IsReadBackAndNoted(Speaks speaks)
    {
        await using var scripted = Scripted.Start(speaks, new Behaviour { Window = 4096 });
        var load = await scripted.Target.LoadAsync(6000, CancellationToken.None);
        Assert.Equal(new Completed(), load.Outcome);
        Assert.Equal(4096, load.WindowTokens);
        Assert.Contains(load.Notes, note => note.Contains("4096", StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(All))]
    public async Task Load_MemoryRefusal_IsOutOfMemoryInItsWords(Speaks speaks)
    {
        const string Words =
            "llama-server process has terminated: exit status 1: ggml_aligned_malloc: insufficient memory (attempted to allocate 32227.50 "
            + "MB)";
        await using var scripted = Scripted.Start(speaks, new Behaviour { LoadRefusal = (500, $$"""{"error":"{{Words}}"}""") });
        Assert.Equal(new OutOfMemory(Words), (await scripted.Target.LoadAsync(1000, CancellationToken.None)).Outcome);
    }

    private static void AssertPartial(InferenceReport report, int marks)
    {
        Assert.Equal(marks, report.Marks.Count);
        Assert.NotNull(report.Client.TimeToFirstToken);
        Assert.NotNull(report.Client.TimeToLastToken);
        Assert.NotNull(report.Client.TimeToEnd);
        Assert.Null(report.OutputTokens);
        Assert.Null(report.Server.Prefill);
    }
}
