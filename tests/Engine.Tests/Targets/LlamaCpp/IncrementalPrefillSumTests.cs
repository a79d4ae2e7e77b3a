using MemoryWall.Analysis.Review;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Time;
using MemoryWall.Core.Trials;
using MemoryWall.ScriptedServer;
using MemoryWall.Targets;

namespace MemoryWall.Engine.Tests.Targets.LlamaCpp;

public sealed class IncrementalPrefillSumTests
{
    private static readonly int[] s_contexts = [300, 900, 2700];

    // The cached tokens that the scripted server reports for each request, and the time that it reports for a token.
    private static async Task<List<InferenceReport>> PassAsync(Func<int, int> cached, Func<int, double>? millisecondsPerToken = null,
        bool withIds = true, int failAt = -1)
    {
        var asked = 0;
        await using var scripted = Scripted.Start(Speaks.LlamaServer, request =>
        {
            if (request.Path != "/completion")
                return new LlamaServerScript(new Behaviour()).Answer(request);
            var (cache, computed) = (cached(asked), request.Json.GetProperty("prompt").GetArrayLength() - cached(asked));
            var behaviour = new Behaviour
            {
                CachedPrompt = cache,
                ReportedPrefill = TimeSpan.FromMilliseconds(computed * (millisecondsPerToken?.Invoke(asked) ?? 0.05)),
                ProgressFrames = 1,
                Step = TimeSpan.FromMilliseconds(1),
                Ending = asked == failAt ? Ending.Close : Ending.Proper,
            };
            Assert.Equal(asked > 0, request.Json.GetProperty("cache_prompt").GetBoolean());
            asked++;
            return new LlamaServerScript(behaviour).Answer(request);
        });
        var text = string.Join(' ', Enumerable.Range(0, s_contexts[^1] - 1).Select(word => $"w{word}"));
        var prompt = new Prompt
        {
            Kind = PromptKind.Words,
            Text = text,
            TokenCount = s_contexts[^1],
            TokenIds = withIds ? [.. Enumerable.Range(0, s_contexts[^1])] : null,
            Nonce = "w0"
        };
        var reports = new List<InferenceReport>();
        await foreach (var report in ((IIncrementalTarget)scripted.Target).InferIncrementallyAsync(
            new IncrementalRequest(prompt, s_contexts, 4000, Scripted.Asked, new PhaseLimits()), null, CancellationToken.None))
            reports.Add(report);
        return reports;
    }

    private static int Honest(int request) => request == 0 ? 0 : s_contexts[request - 1];

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task InferIncrementally_CacheProved_PrefillIsTheSumFromTheFirstToken(bool withIds)
    {
        var reports = await PassAsync(Honest, withIds: withIds);

        Assert.All(reports, report => Assert.Equal(new Completed(), report.Outcome));
        Assert.Equal(s_contexts, reports.Select(report => report.CountedPromptTokens!.Value));
        Assert.Equal([0, 300, 900], reports.Select(report => report.CachedPromptTokens!.Value));
        Assert.Equal([15, 45, 135], reports.Select(report => report.Server.Prefill!.Value.TotalMilliseconds));
        Assert.All(reports,
            report => Assert.DoesNotContain("cache_hit", Reviewed.Doubts(report, method: SweepMethod.IncrementalDepth)));
        Assert.Empty(reports.SelectMany(report => report.Notes));
    }

    [Theory]
    // A server that computes the whole prompt again, one that reports too many cached tokens, and one that reports too few.
    [InlineData(0)]
    [InlineData(301)]
    [InlineData(299)]
    public async Task InferIncrementally_CacheNotProved_NoPrefillFromThereOnAndGenerationStays(int second)
    {
        var reports = await PassAsync(request => request == 1 ? second : Honest(request));

        Assert.NotNull(reports[0].Server.Prefill);
        Assert.Null(reports[1].Server.Prefill);
        Assert.Null(reports[2].Server.Prefill);
        Assert.All(reports, report => Assert.NotNull(report.Server.Generation));
        Assert.Contains(reports[1].Notes, note => note.Contains("cached tokens instead of 300", StringComparison.Ordinal));
    }

    [Fact]
    public async Task InferIncrementally_CacheInTheFirstRequest_NoPrefillAtAll()
    {
        var reports = await PassAsync(request => request == 0 ? 1 : Honest(request));
        Assert.All(reports, report => Assert.Null(report.Server.Prefill));
    }

    [Fact]
    public async Task InferIncrementally_DeeperTokensMuchFasterThanShallowOnes_NotBelieved()
    {
        var reports = await PassAsync(Honest, request => request == 2 ? 0.01 : 0.05);
        var trials = reports.Select((report, index) => Reviewed.Trial(report, Scripted.Request(words: s_contexts[index] - 1),
            SweepMethod.IncrementalDepth) with
        { Number = index + 1 }).ToList();
        trials[0] = trials[0] with { Client = trials[0].Client with { LoadStarted = new Instant(0) } };
        var views = TrialReview.Review(trials);
        Assert.NotNull(views[1].PrefillRate);
        Assert.Null(views[2].PrefillRate);
        Assert.Equal([1], Assert.Single(views[2].Doubts.OfType<SuspectedCacheHit>()).ComparedTrials);
    }

    [Fact]
    public async Task InferIncrementally_BreaksInTheMiddle_WhatWasBeforeStaysAndItEndsThere()
    {
        var reports = await PassAsync(Honest, failAt: 1);
        Assert.Equal(2, reports.Count);
        Assert.IsType<Completed>(reports[0].Outcome);
        Assert.IsType<TargetDied>(reports[1].Outcome);
    }
}
