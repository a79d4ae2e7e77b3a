using CsCheck;
using MemoryWall.Analysis.Review;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Trials;
using MemoryWall.Reporting.Tables;

namespace MemoryWall.Engine.Tests.Analysis.Review;

/// <summary>The steps of a TTFT add up to it, whatever a server reports.</summary>
public sealed class TtftSplitTests
{
    private static readonly Trial s_reported = AnalysisSamples.Server(1, 2048, 1, 2) with
    {
        PromptAs = PromptForm.Text,
        Client = AnalysisSamples.Server(1, 2048, 1, 2).Client with
        {
            TimeToFirstToken = Ms(1200),
            TimeToRequestSent = Ms(2),
        },
        Server = new ServerTimings
        {
            Queue = Ms(3),
            Load = Ms(20),
            Tokenization = Ms(50),
            Prefill = Ms(1000),
            FirstToken = Ms(1),
            Generation = Ms(2000),
        },
    };

    [Fact]
    public void Compute_AllReported_LeavesTheRestToOrchestration()
    {
        var split = Split(s_reported)!;
        Assert.Equal((Ms(2), Ms(3), Ms(20), Ms(50), Ms(124), Ms(1000), Ms(1)), (split.Sending, split.Queue, split.Loading,
            split.Tokenization, split.Orchestration, split.Prefill, split.FirstToken));
        Assert.Equal(Ms(174), split.Preparation);
        AssertAddsUp(split);
    }

    [Fact]
    public void Compute_ServerThatReportsOnlyPrefill_HasTheRestInOrchestration()
    {
        var split = Split(AnalysisSamples.Server(1, 2048, 4, 6.3))!;
        Assert.Equal((Ms(125), Ms(4000)), (split.Orchestration, split.Prefill));
        Assert.All([split.Sending, split.Queue, split.Loading, split.Tokenization, split.FirstToken], step => Assert.Null(step));
    }

    [Fact]
    public void Compute_ResumedTrial_CountsTheRestoreAsLoading()
    {
        var split = Split(s_reported with { Method = SweepMethod.Resume, Tier = new TierUse { Resume = Ms(100) } })!;
        Assert.Equal((Ms(120), Ms(24)), (split.Loading, split.Orchestration));
        AssertAddsUp(split);
    }

    // The tier's own time has both copies and loads.
    [Theory]
    [InlineData(null, 120)]
    [InlineData(30, 50)]
    public void Compute_TurnFromACopyInMemory_CountsItAsLoading(int? tierMs, int expected)
    {
        var split = Split(s_reported with
        {
            Method = SweepMethod.Session,
            Session = new SessionTurn { Users = 2, User = 1, Turn = 2, KnownTokens = 64, RamTime = Ms(100) },
            Tier = tierMs is { } known ? new TierUse { Resume = Ms(known) } : null,
        })!;
        Assert.Equal(Ms(expected), split.Loading);
        AssertAddsUp(split);
    }

    [Fact]
    public void Compute_ReasoningBeforeTheAnswer_IsNoOrchestration()
    {
        var split = Split(s_reported with { Client = s_reported.Client with { TimeToFirstReasoning = Ms(1150) } })!;
        Assert.Equal((Ms(51), Ms(74)), (split.FirstToken, split.Orchestration));
        AssertAddsUp(split);
    }

    [Theory]
    [InlineData(SweepMethod.IncrementalDepth)]
    [InlineData(SweepMethod.SyntheticDepth)]
    public void Compute_MethodWithoutTtft_HasNoSplit(SweepMethod method) => Assert.Null(Split(s_reported with { Method = method }));

    [Fact]
    public void Compute_ServerThatDoesNotReportPrefill_HasNoSplit() =>
        Assert.Null(Split(s_reported with { Server = new ServerTimings() }));

    [Fact]
    public void Compute_AnswerThatCameAllAtOnce_HasNoSplit() => Assert.Null(Split(s_reported with { Arrivals = 1 }));

    [Fact]
    public void Compute_ClocksThatRound_TakeItFromPrefillAndSaySo()
    {
        var split = Split(s_reported with { Client = s_reported.Client with { TimeToFirstToken = Ms(1074) } })!;
        Assert.Equal((Ms(0), Ms(998), Ms(2)), (split.Orchestration, split.Prefill, split.ClockRounding));
        AssertAddsUp(split);
        // Beyond rounding one of the clocks is wrong.
        Assert.Null(Split(s_reported with { Client = s_reported.Client with { TimeToFirstToken = Ms(900) } }));
    }

    [Fact]
    public void Compute_AnyDurations_AddUpAndAreNeverNegative()
    {
        var duration = Gen.OneOf(Gen.Long[-5, 20_000_000], Gen.Long[-5, 20_000_000], Gen.Const(0L), Gen.Const(long.MinValue),
            Gen.Const(long.MaxValue)).Select(TimeSpan.FromTicks);
        Gen.Select(duration.Array[8], Gen.Int[0, 255]).Sample((spans, present) =>
        {
            TimeSpan? At(int place) => (present >> place & 1) == 1 ? spans[place] : null;
            var trial = s_reported with
            {
                Client = s_reported.Client with { TimeToFirstToken = At(0), TimeToRequestSent = At(1), TimeToFirstReasoning = At(2) },
                Server = new ServerTimings { Load = At(3), Queue = At(4), Tokenization = At(5), Prefill = At(6), FirstToken = At(7) },
            };
            if (Split(trial) is { } split)
                AssertAddsUp(split);
        }, iter: LongTests.Draws(20_000));
    }

    [Fact]
    public void Summarize_Repetitions_HaveTheStepsOfTheMedianTtft()
    {
        Trial At(int number, int ttft, int? tokenization) => s_reported with
        {
            Number = number,
            Client = s_reported.Client with { TimeToFirstToken = Ms(ttft) },
            Server = s_reported.Server with { Tokenization = tokenization is { } known ? Ms(known) : null },
        };
        var odd = Assert.Single(AnalysisSamples.Report([At(1, 1300, 10), At(2, 1100, 30), At(3, 1200, 20)]).Contexts);
        Assert.Equal((1.2, Ms(20)), (odd.TtftSeconds!.Median, odd.TtftSplit!.Tokenization));
        var even = Assert.Single(AnalysisSamples.Report([At(1, 1300, 10), At(2, 1200, 30), At(3, 1100, null), At(4, 1290, 10)]).Contexts);
        Assert.Equal((1.245, Ms(20)), (even.TtftSeconds!.Median, even.TtftSplit!.Tokenization));
        AssertAddsUp(odd.TtftSplit);
        AssertAddsUp(even.TtftSplit);
        Assert.Equal(even.TtftSeconds.Median, even.TtftSplit.Total.TotalSeconds, 1e-9);
    }

    // 10 ms in one of two trials are not 5 ms in both.
    [Fact]
    public void Median_StepThatOneOfTwoReports_IsAbsentAndInOrchestration()
    {
        var (one, other) = (Split(s_reported)!, Split(s_reported with { Server = s_reported.Server with { Tokenization = null } })!);
        var median = TtftSplit.Median([one, other])!;
        Assert.Equal((null, Ms(174), Ms(3), Ms(1000)), (median.Tokenization, median.Orchestration, median.Queue, median.Prefill));
        AssertAddsUp(median);
    }

    [Fact]
    public void DescribeColumns_TrialWithoutSteps_SaysOfHowManyTrialsTheRowIs()
    {
        Trial At(int number, int ttft) => s_reported with
        {
            Number = number,
            Client = s_reported.Client with { TimeToFirstToken = Ms(ttft), TimeToLastToken = Ms(ttft + 2000) },
        };
        var all = AnalysisSamples.Report([At(1, 1200), At(2, 1210), At(3, 1220)]).Contexts;
        Assert.DoesNotContain("left out", TtftTable.DescribeColumns(all), StringComparison.Ordinal);
        var some = AnalysisSamples.Report([At(1, 1200), At(2, 1210) with { Server = new ServerTimings() }, At(3, 1220)]).Contexts;
        Assert.Equal((3, 2), (some[0].TtftSeconds!.Trials.Count, some[0].SplitTrials));
        Assert.Contains("at 2k TTFT and its steps are those of 2 of 3 trials.", TtftTable.DescribeColumns(some),
            StringComparison.Ordinal);
    }

    private static void AssertAddsUp(TtftSplit split)
    {
        TimeSpan?[] steps = [split.Sending, split.Queue, split.Loading, split.Tokenization, split.Orchestration, split.Prefill,
            split.FirstToken];
        Assert.Equal(split.Total, steps.Aggregate(TimeSpan.Zero, (sum, step) => sum + (step ?? TimeSpan.Zero)));
        Assert.All(steps, step => Assert.False(step < TimeSpan.Zero));
        Assert.True(split.ClockRounding >= TimeSpan.Zero);
    }

    private static TtftSplit? Split(Trial trial) => TrialReview.Review(trial).TtftSplit;

    private static TimeSpan Ms(double milliseconds) => TimeSpan.FromMilliseconds(milliseconds);
}
