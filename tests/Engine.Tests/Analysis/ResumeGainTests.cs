using MemoryWall.Analysis.Verdicts;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Trials;
using MemoryWall.Reporting.Phrases;

namespace MemoryWall.Engine.Tests.Analysis;

public sealed class ResumeGainTests
{
    // Computed in 2 s, resumed in 0.5 s of which 0.4 s took up 400 MB.
    private static List<Trial> Pairs(int repetitions, double noise = 0, bool emulated = false, long? budget = 1_000_000_000) =>
        [.. Enumerable.Range(0, repetitions).SelectMany(r => new[]
    {
        AnalysisSamples.Server(2 * r + 1, 8192, 1.875 + r * noise, 1) with { Repetition = r + 1 },
        AnalysisSamples.Server(2 * r + 2, 8192, 0.375, 1) with
        {
            Repetition = r + 1, Method = SweepMethod.Resume, CachedPromptTokens = 8191,
            Flags = TrialFlags.WarmPrefix | (emulated ? TrialFlags.Emulated : TrialFlags.None),
            Tier = new TierUse { ResumedTokens = 8191, Resume = TimeSpan.FromSeconds(0.4), StateBytes = 400_000_000, IsEmulated = emulated,
                BudgetBytes = budget },
        },
    })];

    [Fact]
    public void Analyze_Pair_FactorSpeedAndBreakEven()
    {
        var gain = Assert.Single(AnalysisSamples.Report(Pairs(1)).ResumeGains);
        Assert.Equal(8192, gain.ContextTokens);
        Assert.Equal(4, gain.Factor.Value, 6);
        Assert.Null(gain.Factor.Interval);
        Assert.Equal(1e9, gain.ReadBytesPerSecond!.Value, 1e3);
        // 0.1 s of the resumed start is no reading; at this speed the reading takes the 1.9 s that are left of computing.
        Assert.Equal(400e6 / 1.9, gain.BreakEvenBytesPerSecond!.Value, 1e3);
        Assert.False(gain.IsEmulated);
    }

    [Fact]
    public void Analyze_Repetitions_IntervalOverPairs()
    {
        var factor = Assert.Single(AnalysisSamples.Report(Pairs(8, noise: 0.01)).ResumeGains).Factor;
        Assert.True(factor.Interval!.Value.Low < factor.Value && factor.Value < factor.Interval.Value.High);
    }

    [Fact]
    public void Verdicts_SayWhenItPaysAndThatStorageWasEmulated()
    {
        Assert.Contains(AnalysisSamples.Report(Pairs(2)).Verdicts,
            verdict => verdict.Topic == VerdictTopic.Resume
                && VerdictPhrases.Format(verdict).Contains("4.00 times as soon at 8k", StringComparison.Ordinal));
        Assert.Contains(AnalysisSamples.Report(Pairs(2, emulated: true)).Verdicts,
            verdict => verdict.Topic == VerdictTopic.Resume
                && VerdictPhrases.Format(verdict).Contains("emulated storage", StringComparison.Ordinal));
    }

    // A server without the tier saves to a file and reads it a second later: 3 GB/s from a disk that has none of it.
    [Theory]
    [InlineData(null, true)]
    [InlineData(1_000_000_000L, false)]
    public void Verdicts_ReadThroughThePageCache_SayThatTheSpeedIsNotOfStorage(long? budget, bool isThroughPageCache)
    {
        var analysis = AnalysisSamples.Report(Pairs(1, budget: budget));
        Assert.Equal(isThroughPageCache, Assert.Single(analysis.ResumeGains).IsThroughPageCache);
        var verdict = Assert.Single(analysis.Verdicts, verdict => verdict.Topic == VerdictTopic.Resume);
        Assert.Equal(isThroughPageCache, VerdictPhrases.Format(verdict).Contains("through its page cache", StringComparison.Ordinal));
    }

    [Fact]
    public void Analyze_ResumedTrialThatFailed_IsNoPair()
    {
        var trials = Pairs(1);
        trials[1] = trials[1] with { Outcome = new Refused(null, "0 of 8192 tokens were taken up") };
        Assert.Empty(AnalysisSamples.Report(trials).ResumeGains);
        Assert.DoesNotContain(AnalysisSamples.Report(trials).Verdicts, verdict => verdict.Topic == VerdictTopic.Resume);
    }

    [Fact]
    public void Analyze_ResumedTrials_AreNeverSummedUpWithComputedOnes()
    {
        var analysis = AnalysisSamples.Report(Pairs(2));
        Assert.Equal([SweepMethod.Cold, SweepMethod.Resume], analysis.Contexts.Select(context => context.Method));
        Assert.Empty(analysis.Agreements);
        Assert.Null(analysis.Contexts[1].PrefillTps);
    }
}
