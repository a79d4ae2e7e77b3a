using MemoryWall.Analysis;
using MemoryWall.Analysis.Review;
using MemoryWall.Analysis.Rules;
using MemoryWall.Analysis.Verdicts;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Time;
using MemoryWall.Core.Trials;
using MemoryWall.Reporting.Phrases;
using MemoryWall.Statistics;

namespace MemoryWall.Engine.Tests.Analysis;

public sealed class MethodAgreementTests
{
    private static readonly Dictionary<int, IReadOnlyList<StreamMark>> s_noMarks = [];

    private static StreamMark Mark(int tokens, double seconds) =>
        new(MarkKind.Prefill, tokens, Instant.FromSeconds(100 + seconds), TimeSpan.FromSeconds(seconds));

    private static Trial Sampled(int number, int context, int batch, double prefill, double generation) =>
        AnalysisSamples.Server(number, context, prefill, generation) with
        {
            Method = SweepMethod.SyntheticDepth,
            SkippedPromptTokens = context - batch,
        };

    [Fact]
    public void Compute_DepthAndCold_RatioOfTheirRatesAtContextsThatBothHave()
    {
        TrialView[] views =
        [
            TrialReview.Review(AnalysisSamples.Server(1, 2048, 2, 1)),
            TrialReview.Review(AnalysisSamples.Server(2, 2048, 1, 2) with { Method = SweepMethod.IncrementalDepth }),
            TrialReview.Review(AnalysisSamples.Server(3, 4096, 1, 2) with { Method = SweepMethod.IncrementalDepth }),
        ];
        var agreement = Assert.Single(MethodAgreement.Compute(views, s_noMarks, ReviewRules.Default.Comparison));
        Assert.Equal((SweepMethod.IncrementalDepth, SweepMethod.Cold, 2048),
            (agreement.Method, agreement.Reference, agreement.ContextTokens));
        Assert.Equal(2, agreement.PrefillRatio!.Value, 9);
        Assert.Equal(0.5, agreement.GenerationRatio!.Value, 9);
        Assert.Equal(RatioVerdict.TooFew, agreement.Generation!.Verdict);
        Assert.Equal([1, 2], agreement.Trials.Order());
    }

    [Fact]
    public void Compute_SyntheticDepth_ComparesPrefillOfTheSameTokens()
    {
        TrialView[] views = [TrialReview.Review(AnalysisSamples.Server(1, 2048, 8, 1)), TrialReview.Review(Sampled(2, 2048, 512, 4, 1))];
        var marks = new Dictionary<int, IReadOnlyList<StreamMark>> { [1] = [Mark(512, 1), Mark(1024, 2), Mark(1536, 3), Mark(2048, 8)] };

        // 512 tokens in 4 s against 512 in 5 s.
        Assert.Equal(1.25, Assert.Single(MethodAgreement.Compute(views, marks, ReviewRules.Default.Comparison)).PrefillRatio!.Value, 9);
        Assert.Null(Assert.Single(MethodAgreement.Compute(views, s_noMarks, ReviewRules.Default.Comparison)).PrefillRatio);
    }

    [Fact]
    public void RunAnalysis_SeveralMethods_AreNeverSummedUpTogetherAndTheAgreementIsAVerdict()
    {
        var analysis = AnalysisSamples.Report(
        [
            AnalysisSamples.Server(1, 2048, 2, 1),
            AnalysisSamples.Server(2, 2048, 2.1, 1.1) with { Method = SweepMethod.IncrementalDepth }, Sampled(3, 2048, 512, 1, 1),
        ]);
        Assert.Equal(3, analysis.Contexts.Count);
        Assert.All(analysis.Contexts, context => Assert.Single(context.Trials));
        Assert.Null(analysis.Contexts.Single(context => context.Method == SweepMethod.SyntheticDepth).PrefillTps);
        Assert.All(analysis.Contexts.Where(context => context.Method != SweepMethod.Cold), context => Assert.Null(context.TtftSeconds));
        var verdict = analysis.Verdicts.First(verdict => verdict.Topic == VerdictTopic.Agreement);
        Assert.Contains("Compared with cold trials at 2k, the incremental depth is off by -4.8% in prefill and -9.1% in generation.",
            VerdictPhrases.Format(verdict));
    }

    [Fact]
    public void TrialView_Depth_WhatTheCacheHeldWasComputedInTheSamePass()
    {
        var view = TrialReview.Review(
            AnalysisSamples.Server(1, 4096, 2, 1) with { Method = SweepMethod.IncrementalDepth, CachedPromptTokens = 2048 });
        Assert.Equal(2048, view.PrefillRate!.Value.PerSecond);
        Assert.Null(view.Ttft);
    }

    [Fact]
    public void TrialView_DepthWithoutAProvedPrefill_HasNoneFromTheClientsPoints()
    {
        var trial = AnalysisSamples.Server(1, 4096, 2, 1);
        Assert.Null(
            TrialReview.Review(trial with { Method = SweepMethod.IncrementalDepth, Server = trial.Server with { Prefill = null } })
                .PrefillRate);
    }

    [Theory]
    [InlineData(1536, 2048, 512 / 5.0)]
    [InlineData(1600, 2048, 512 / 5.0)]
    [InlineData(100, 2048, 2048 / 8.0)]
    [InlineData(1536, 2000, null)]
    [InlineData(null, 2048, null)]
    public void RateAtDepth_AnyPart_BeginsAtTheMarkBeforeItOrIsNull(int? from, int to, double? expected)
    {
        StreamMark[] marks = [Mark(512, 1), Mark(1024, 2), Mark(1536, 3), Mark(2048, 8),
            new(MarkKind.Chunk, 1, Instant.FromSeconds(110), null)];
        var rate = PrefillCurve.RateAtDepth(marks, from, to);
        Assert.Equal(expected is { } known ? Math.Round(known, 9) : null, rate is { } found ? Math.Round(found, 9) : (double?)null);
    }
}
