using System.Globalization;
using MemoryWall.Analysis.Review;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Trials;
using MemoryWall.ScriptedServer;
using MemoryWall.Targets;

namespace MemoryWall.Engine.Tests.Targets.Embedded;

/// <summary>Incremental passes of correct and faulty embedded servers.</summary>
public sealed class EmbeddedIncrementalParserTests
{
    private static readonly int[] s_contexts = [100, 200, 400];

    private static Reply Stretch(Reply reply, int depth, int jumped = 0, string? probe = null, int output = 2)
    {
        reply.Line(
            string.Create(CultureInfo.InvariantCulture,
                $$"""{"response":"","done":false,"memory_wall":{"prompt_progress":{"done":{{depth}},"total":400,"""
                + $"\"elapsed_ns\":{depth}000}} }} }}"));
        reply.Line(
            string.Create(CultureInfo.InvariantCulture,
                $$"""{"response":" a b","done":false,"memory_wall":{"elapsed_ns":[{{depth}}100,{{depth}}200] } }"""));
        var body = probe ?? string.Create(CultureInfo.InvariantCulture,
            $"\"depth\":{depth},\"jumped_prompt_tokens\":{jumped},\"jump_ns\":0,\"prompt_eval_duration\":{depth}050,"
            + $"\"prefill_ns\":{depth}000,\"eval_count\":{output},\"eval_duration\":100,\"generation_ns\":90,\"done_reason\":\"length\","
            + $"\"queue_ns\":7000,\"load_ns\":5000");
        return reply.Line("{\"response\":\"\",\"done\":false,\"memory_wall\":{\"probe\":{" + body + "}}}");
    }

    private static Reply Final(Reply reply) =>
        reply.Line("""{"response":"","done":true,"done_reason":"length","prompt_eval_count":400,"eval_count":6}""").End();

    private static async Task<(List<InferenceReport> Reports, List<StreamMark> Live)> PassAsync(Func<Reply, Reply> stream,
        int? batch = null, PhaseLimits? limits = null, CancellationTokenSource? stopAfterTheFirst = null)
    {
        await using var scripted = Scripted.Start(Speaks.Embedded, request => request.Path switch
        {
            "/api/version" =>
                Reply.Json("""{"version":"1","memory_wall":{"protocol":1,"extensions":["token_ids","depth_pass","jump"],"details":{}}}"""),
            "/api/generate" => stream(Reply.Stream()),
            _ => new OllamaScript(new Behaviour(), OllamaGeneration.Embedded).Answer(request),
        });
        var prompt = new Prompt
        {
            Kind = PromptKind.Words,
            Text = "",
            TokenCount = 400,
            TokenIds = [.. Enumerable.Range(0, 400)],
            Nonce = "w0"
        };
        var live = new List<StreamMark>();
        var reports = new List<InferenceReport>();
        await foreach (var report in ((IIncrementalTarget)scripted.Target).InferIncrementallyAsync(
            new IncrementalRequest(prompt, s_contexts, 500, 2, limits ?? new PhaseLimits(), batch), live.Add,
            stopAfterTheFirst?.Token ?? CancellationToken.None))
        {
            reports.Add(report);
            stopAfterTheFirst?.Cancel();
        }
        return (reports, live);
    }

    [Fact]
    public async Task InferIncrementally_WholePass_EachContextHasItsOwnReportAndItsOwnStretch()
    {
        var (reports, live) = await PassAsync(
            reply =>
                Final(Stretch(Stretch(Stretch(reply, 100).Wait(TimeSpan.FromMilliseconds(30)), 200).Wait(TimeSpan.FromMilliseconds(30)),
                    400)));

        Assert.Equal(s_contexts, reports.Select(report => report.CountedPromptTokens!.Value));
        Assert.All(reports,
            report => Assert.Equal((new Completed(), 2, 3, null),
                ((Completed)report.Outcome, report.OutputTokens, report.Marks.Count, report.SkippedPromptTokens)));
        Assert.Equal([100_000, 200_000, 400_000], reports.Select(report => (long)report.Native.Prefill!.Value.TotalNanoseconds));
        // The load time belongs to the pass, so only its first context has it.
        Assert.Equal([false, true, true], reports.Select(report => report.Server.Load is null));
        for (var i = 1; i < reports.Count; i++)
            // Exact to one tick of TimeSpan.
            Assert.InRange(
                reports[i].Client.Sent!.Value.Nanoseconds - reports[i - 1].Client.Sent!.Value.Plus(reports[i - 1].Client.TimeToEnd!.Value)
                    .Nanoseconds, 0, 99);
        Assert.Equal(9, live.Count);
    }

    [Fact]
    public async Task InferIncrementally_SyntheticDepth_ReportsTheSkippedTokens()
    {
        var (reports, _) = await PassAsync(reply => Final(Stretch(Stretch(Stretch(reply, 100, 50), 200, 150), 400, 350)), batch: 50);
        Assert.Equal([50, 150, 350], reports.Select(report => report.SkippedPromptTokens!.Value));
        Assert.All(reports, report => Assert.Equal(new PrefillSkipped(),
            TrialReview.Review(Reviewed.Trial(report, method: SweepMethod.SyntheticDepth) with { Outcome = new Completed() })
                .NoPrefillRateReason));
    }

    [Fact]
    public async Task InferIncrementally_ConnectionBreaksInTheMiddle_WhatCameBeforeIsThereAndTheRestHasItsMarks()
    {
        var (reports, _) = await PassAsync(
            reply => Stretch(reply, 100)
                .Line("""{"response":"","done":false,"memory_wall":{"prompt_progress":{"done":150,"total":400,"elapsed_ns":150}}}""")
                .Close());
        Assert.Equal(2, reports.Count);
        Assert.IsType<Completed>(reports[0].Outcome);
        Assert.IsType<TargetDied>(reports[1].Outcome);
        Assert.Equal(150, Assert.Single(reports[1].Marks).Tokens);
    }

    [Theory]
    [InlineData("early final")]
    [InlineData("too many")]
    [InlineData("no probe data")]
    [InlineData("garbage")]
    public async Task InferIncrementally_LyingServer_NeverEndsAsAllCompleted(string lie)
    {
        var (reports, _) = await PassAsync(reply => lie switch
        {
            "early final" => Final(Stretch(reply, 100)),
            "too many" => Final(Stretch(Stretch(Stretch(Stretch(reply, 100), 200), 400), 500)),
            "no probe data" => Final(Stretch(Stretch(Stretch(reply, 100), 200, probe: "\"depth\":200"), 400)),
            _ => Stretch(reply, 100).Line("{{{not json").Hang(),
        });
        Assert.Contains(reports, report => report.Outcome is ProtocolViolation);
        Assert.IsType<Completed>(reports[0].Outcome);
    }

    [Fact]
    public async Task InferIncrementally_SilentAfterTheFirst_TheLimitOfOneStretchEndsIt()
    {
        var (reports, _) = await PassAsync(reply => Stretch(reply, 100).Hang(),
            limits: new PhaseLimits { Prefill = TimeSpan.FromSeconds(2) });
        Assert.Equal(2, reports.Count);
        Assert.Equal(Phase.Prefill, Assert.IsType<TimedOut>(reports[1].Outcome).Phase);
    }

    [Fact]
    public async Task InferIncrementally_Cancelled_WhatCameBeforeIsKept()
    {
        using var source = new CancellationTokenSource();
        var (reports, _) = await PassAsync(reply => Stretch(reply, 100).Hang(), stopAfterTheFirst: source);
        Assert.Equal(["completed", "cancelled"], reports.Select(report => report.Outcome.Kind));
    }

    [Fact]
    public async Task InferIncrementally_ServerWithoutThePass_Refused()
    {
        await using var scripted = Scripted.Start(Speaks.Embedded, new Behaviour());
        var request = new IncrementalRequest(Scripted.Request().Prompt, [Scripted.Words + 1], 100, 2, new PhaseLimits());
        var report = Assert.Single(
            await ((IIncrementalTarget)scripted.Target).InferIncrementallyAsync(request, null, CancellationToken.None).ToListAsync());
        Assert.IsType<Refused>(report.Outcome);
        Assert.False((await scripted.Target.ProbeAsync(CancellationToken.None)).Facts!.CanMeasureIncrementalDepth);
        await using var ollama = Scripted.Start(Speaks.OllamaNew, new Behaviour());
        Assert.IsNotType<IIncrementalTarget>(ollama.Target, exactMatch: false);
        Assert.False((await ollama.Target.ProbeAsync(CancellationToken.None)).Facts!.CanMeasureIncrementalDepth);
    }
}
