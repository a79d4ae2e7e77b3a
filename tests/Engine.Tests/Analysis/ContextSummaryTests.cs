using MemoryWall.Analysis;
using MemoryWall.Analysis.Comparisons;
using MemoryWall.Analysis.Reports;
using MemoryWall.Analysis.Review;
using MemoryWall.Core;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Trials;
using MemoryWall.Reporting.Phrases;

namespace MemoryWall.Engine.Tests.Analysis;

public sealed class ContextSummaryTests
{
    [Fact]
    public void Summarize_Repetitions_GivesMedianAndRangeAndTheirTrials()
    {
        var summary = Single(AnalysisSamples.Server(1, 2048, 2, 6.3), AnalysisSamples.Server(2, 2048, 8, 6.3),
            AnalysisSamples.Server(3, 2048, 4, 6.3));
        Assert.Equal((512, 256, 1024), (summary.PrefillTps!.Median, summary.PrefillTps.Min, summary.PrefillTps.Max));
        Assert.Equal([1, 2, 3], summary.PrefillTps.Trials);
        Assert.Equal((4, 4.125), (summary.PrefillSeconds!.Median, summary.TtftSeconds!.Median));
        Assert.Equal("3 of 3 completed", OutcomePhrases.FormatCompletion(summary));
        Assert.Null(summary.LoadSeconds);
    }

    [Fact]
    public void Summarize_WarmupsFailuresAndDoubts_AreInNoFigure()
    {
        var good = AnalysisSamples.Server(1, 2048, 4, 6.3);
        var wild = AnalysisSamples.Server(0, 2048, 1, 0.001);
        var summary = Single(
            good,
            wild with { Number = 2, Flags = TrialFlags.Warmup },
            wild with { Number = 3, Outcome = new TargetDied("exit 137") },
            wild with { Number = 4, Outcome = new Thrashing("swap") },
            wild with { Number = 5, ClaimedDoubts = ["suspected_cache_hit"] },
            wild with { Number = 6, Server = wild.Server with { Generation = TimeSpan.FromSeconds(2) }, ClaimedDoubts = ["disturbed"] },
            wild with { Number = 7, Server = wild.Server with { Queue = TimeSpan.FromSeconds(0.1) } });
        foreach (var figure in new[] { summary.TtftSeconds, summary.PrefillSeconds, summary.GenerationSeconds, summary.PrefillTps,
            summary.GenerationTps, summary.BlendedTps, summary.PrefillShare })
            Assert.Equal([1], figure!.Trials);
        Assert.Equal("4 of 6 completed", OutcomePhrases.FormatCompletion(summary));
        Assert.Equal(
            [(3, "it ended as target_died"), (4, "it ended as thrashing"), (5, "doubtful: suspected cache hit"),
                (6, "doubtful: clocks disagree"), (7, "doubtful: queued")],
            summary.Excluded.Select(excluded => (excluded.Trial, DoubtPhrases.Describe(excluded.Reason))));
        Assert.Equal([6], summary.TrialsWithInterference);
    }

    [Fact]
    public void Summarize_AllFailed_HasNoFigure()
    {
        var summary = Single(AnalysisSamples.Server(1, 2048, 4, 6.3) with { Outcome = new Cancelled() });
        Assert.Equal("0 of 1 completed", OutcomePhrases.FormatCompletion(summary));
        Assert.Null(summary.PrefillTps);
        Assert.Null(summary.TtftSeconds);
    }

    [Fact]
    public void Summarize_EarlyStop_CountsForPrefillOnly()
    {
        var summary = Single(AnalysisSamples.Server(1, 2048, 4, 6.3), AnalysisSamples.Server(2, 2048, 4, 1) with { OutputTokens = 10 });
        Assert.Equal([1, 2], summary.PrefillSeconds!.Trials);
        Assert.Equal([1], summary.GenerationSeconds!.Trials);
    }

    [Fact]
    public void Summarize_DifferentKinds_AreNeverMixed()
    {
        var trial = AnalysisSamples.Server(1, 2048, 4, 6.3);
        var summaries = ContextSummary.Summarize(TrialReview.Review(
        [
            trial with { Method = SweepMethod.SyntheticDepth, SkippedPromptTokens = 1536 }, trial with { Flags = TrialFlags.WarmPrefix },
            trial with { Concurrency = 4, Server = trial.Server with { Queue = TimeSpan.FromSeconds(0.1) } },
            trial with { ContextTokens = 8192, CountedPromptTokens = 8192 }, trial with { OutputTokensAsked = 32 }, trial,
        ]));
        Assert.Equal(6, summaries.Count);
        Assert.Equal([32, 64, 64, 64, 64, 64], summaries.Select(summary => summary.OutputTokensAsked));
        Assert.Equal([2048, 2048, 8192], summaries.Take(3).Select(summary => summary.ContextTokens));
        // With concurrent streams a wait is part of the requested load.
        Assert.NotNull(summaries[3].TtftSeconds);
    }

    private static ContextSummary Single(params Trial[] trials) => Assert.Single(ContextSummary.Summarize(TrialReview.Review(trials)));

    // With a prompt cache on purpose the first trial fills it: its first token comes as late as that of a cold one.
    [Theory]
    [InlineData(0)]
    [InlineData(512)]
    public void Summarize_FirstTrialThatFillsThePromptCache_IsLeftOutOfTheWarmOnes(int foundByTheFirst)
    {
        Trial At(int number, double prefill, int cached) =>
            AnalysisSamples.Server(number, 2048, prefill, 1) with { Flags = TrialFlags.WarmPrefix, CachedPromptTokens = cached };
        var summary = Assert.Single(AnalysisSamples.Report([At(1, 4, foundByTheFirst), At(2, 0.1, 2047), At(3, 0.1, 2047)]).Contexts);
        Assert.Equal([2, 3], summary.TtftSeconds!.Trials);
        Assert.Contains("in the cache where another found 2,047", DoubtPhrases.Describe(Assert.Single(summary.Excluded).Reason),
            StringComparison.Ordinal);
        Assert.Empty(Assert.Single(AnalysisSamples.Report([At(1, 4, 0), At(2, 4, 0)]).Contexts).Excluded);
    }

    // Tokens per second of one context, of which only the last was measured on a quiet machine.
    [Fact]
    public void Summarize_OneUndisturbedOfThree_IncludesAllAndSaysHowManyWereDisturbed()
    {
        var context = Rates((66, true), (44, true), (532, false));
        Assert.Equal(66, context.GenerationTps!.Median, 0.01);
        Assert.Equal([1, 2], context.GenerationTps.Disturbed);
        Assert.False(context.GenerationTps.LeavesOutDisturbed);
        Assert.Empty(context.DisturbedLeftOut);
        Assert.Contains("3/3 (2 with interference)", Row(context));
        Assert.Contains("2 of 3 trials disturbed by other work or throttling", Doubts(context, context.GenerationTps));
    }

    [Fact]
    public void Summarize_TwoUndisturbedOfFive_RestsOnThemAndSaysSo()
    {
        var context = Rates((66, true), (44, true), (532, false), (60, true), (528, false));
        foreach (var metric in new[] { context.GenerationTps!, context.PrefillTps!, context.TtftSeconds!, context.PrefillShare! })
            Assert.Equal([3, 5], metric.Trials);
        Assert.Equal((530, 528, 532), (Math.Round(context.GenerationTps!.Median), Math.Round(context.GenerationTps.Min),
            Math.Round(context.GenerationTps.Max)));
        Assert.True(context.GenerationTps.LeavesOutDisturbed);
        Assert.Equal([1, 2, 4], context.DisturbedLeftOut);
        Assert.Contains("5/5 (3 with interference left out)", Row(context));
        Assert.Contains("3 of 5 trials disturbed and left out", Doubts(context, context.GenerationTps));
        // Comparisons judge disturbed repetitions by a rule of their own.
        Assert.Equal(5, context.GenerationTps.Steps.Count);
        var json = System.Text.Json.JsonSerializer.SerializeToElement(context, MemoryWall.Runs.Json.FactsJson.SingleLine);
        Assert.True(json.GetProperty("generation_tps").GetProperty("leaves_out_disturbed").GetBoolean());
        Assert.Equal(3, json.GetProperty("disturbed_left_out").GetArrayLength());
    }

    [Fact]
    public void Figure_OfMedianThatLeavesOutDisturbedTrials_SaysSoInItsSubtitle()
    {
        var report = AnalysisSamples.Report([Rate(1, 66, true), Rate(2, 532, false), Rate(3, 528, false)]);
        var chart = MemoryWall.Reporting.Figures.ContextChart.Create([report], title: null,
            MemoryWall.Reporting.Figures.ContextChart.Generation);
        Assert.Contains("1 of 3 trials disturbed and left out", chart.Subtitle, StringComparison.Ordinal);
    }

    // One disturbed stream has slowed the others of its step.
    [Fact]
    public void Summarize_ConcurrentStreams_LeaveOutTheWholeStep()
    {
        Trial At(int number, int repetition, int stream, bool disturbed) => Rate(number, 100, disturbed) with
        {
            Concurrency = 2,
            Repetition = repetition,
            Stream = stream,
        };
        var summary = Single(At(1, 1, 1, true), At(2, 1, 2, false), At(3, 2, 1, false), At(4, 2, 2, false), At(5, 3, 1, false),
            At(6, 3, 2, false));
        Assert.Equal([3, 4, 5, 6], summary.GenerationTps!.Trials);
        // The counts add up: what is left out is named, the undisturbed stream of the step too.
        Assert.Equal([1, 2], summary.GenerationTps.Disturbed);
        Assert.Equal([1, 2], summary.TrialsWithInterference);
        Assert.Equal([1, 2], summary.DisturbedLeftOut);
        Assert.Contains("6/6 (2 with interference left out)", Row(summary));
    }

    // One trial without drafts does not make a speculating run comparable with one that does not speculate.
    [Fact]
    public void Find_OneSpeculatingRun_IsABarrierUnlessTheOtherShowsNothing()
    {
        var plain = AnalysisSamples.Run([AnalysisSamples.Server(1, 2048, 1, 1), AnalysisSamples.Server(2, 4096, 2, 1)]);
        var drafting = plain with
        {
            Trials = [plain.Trials[0] with { Flags = TrialFlags.Speculative, DraftTokens = 6 }, plain.Trials[1]],
        };
        var failed = plain with { Trials = [.. plain.Trials.Select(trial => trial with { Outcome = new TargetDied("gone") })] };
        ComparisonBarrier? Find(Run one, Run other) => ComparisonBarriers.Find(new ComparedRun(RunReport.Create(one)),
            new ComparedRun(RunReport.Create(other)));
        Assert.Equal(ComparisonBarrier.Speculation, Find(drafting, plain));
        Assert.Equal(ComparisonBarrier.Speculation, Find(plain, drafting));
        Assert.Null(Find(drafting, drafting));
        Assert.Null(Find(drafting, failed));
    }

    [Fact]
    public void Summarize_DisturbedTrialWithTheOnlyLoad_IsStillLeftOutOfTheRates()
    {
        Trial At(int number, bool disturbed) => Rate(number, 100, disturbed);
        var loaded = At(1, true);
        loaded = loaded with { Client = loaded.Client with { Load = TimeSpan.FromSeconds(2) } };
        var summary = Single(loaded, At(2, false), At(3, false), At(4, false));
        Assert.Equal([1], summary.LoadSeconds!.Trials);
        Assert.Equal([2, 3, 4], summary.GenerationTps!.Trials);
        Assert.Equal([1], summary.DisturbedLeftOut);
    }

    // A failure has no count of drafts, and some answers have none.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Summarize_SpeculatingServer_KeepsFailuresAndTrialsWithoutDraftsInOneContext(bool isOnlyInDetails)
    {
        var drafted = AnalysisSamples.Server(1, 2048, 1, 1) with
        {
            DraftTokens = isOnlyInDetails ? null : 6,
            Flags = isOnlyInDetails ? TrialFlags.None : TrialFlags.Speculative,
        };
        var failed = AnalysisSamples.Server(2, 2048, 1, 1) with { Outcome = new TargetDied("gone") };
        var run = AnalysisSamples.Run([drafted, failed, AnalysisSamples.Server(3, 2048, 1, 1)]);
        if (isOnlyInDetails)
            run = run with
            {
                Manifest = run.Manifest with
                {
                    Target = run.Manifest.Target with { Details = new Dictionary<string, string> { ["speculative"] = "yes" } },
                },
            };
        var context = Assert.Single(RunReport.Create(run).Contexts);
        Assert.Equal(TrialFlags.Speculative, context.Label);
        Assert.Equal([1, 2, 3], context.Trials);
    }

    private static ContextSummary Rates(params (double Tps, bool Disturbed)[] trials) =>
        Single([.. trials.Select((trial, index) => Rate(index + 1, trial.Tps, trial.Disturbed))]);

    private static Trial Rate(int number, double tps, bool disturbed) => AnalysisSamples.Server(number, 2048, 4, 63 / tps) with
    {
        Repetition = number,
        ClaimedDoubts = disturbed ? ["disturbed"] : [],
    };

    private static string Row(ContextSummary context) =>
        string.Join(" | ", MemoryWall.Reporting.Tables.ContextTable.Create([context])!.Rows[0]);

    private static IReadOnlyList<string> Doubts(ContextSummary context, MetricSummary metric)
    {
        var report = AnalysisSamples.Report([.. context.Trials.Select(number => Rate(number, 100, metric.Disturbed.Contains(number)))]);
        return HeadlineDoubts.Describe([HeadlinePoint.From(report, metric)]);
    }
}
