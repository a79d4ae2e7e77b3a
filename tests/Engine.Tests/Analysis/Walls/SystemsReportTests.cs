using MemoryWall.Analysis.Reports;
using MemoryWall.Core;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Time;
using MemoryWall.Core.Trials;
using MemoryWall.Core.Units;
using MemoryWall.Reporting.Phrases;
using MemoryWall.Reporting.Tables;
using MemoryWall.Statistics;

namespace MemoryWall.Engine.Tests.Analysis.Walls;

public sealed class SystemsReportTests
{
    private const long MB = 1_000_000;
    private static readonly CapPlan s_cap = new() { Bytes = 700 * MB };

    // Interleaved trials: one system after the other within each repetition.
    private static Run System(string name, int place, CapPlan? cap, double[] tps, TierUse? tier = null, Outcome? outcome = null)
    {
        var trials = tps.Select((rate, r) => AnalysisSamples.Server(r + 1, 8192, 1, 15 / rate, output: 16) with
        {
            Repetition = r + 1,
            Method = SweepMethod.SyntheticDepth,
            Client = new ClientTimings
            {
                Sent = Instant.FromSeconds(100 * r + 10 * place),
                TimeToFirstToken = TimeSpan.FromSeconds(1),
                TimeToLastToken = TimeSpan.FromSeconds(1 + 15 / rate),
                TimeToEnd = TimeSpan.FromSeconds(1 + 15 / rate)
            },
            Chunks = outcome is TimedOut ? (int)(rate * 60) : 16,
            Outcome = outcome ?? new Completed(),
            OutputTokens = outcome is null ? 16 : null,
            Memory = new TrialMemory { CapBytes = cap?.Bytes, Generation = new MemoryTraffic { ReadBytes = 0 } },
            Tier = tier,
            Flags = tier?.IsEmulated == true ? TrialFlags.Emulated : TrialFlags.None,
        }).Select(
            trial => outcome is TimedOut
                ? trial with { Server = new ServerTimings(), Client = trial.Client with { TimeToEnd = TimeSpan.FromSeconds(61) } }
                : trial).ToList();
        var run = AnalysisSamples.Run(trials, name);
        return run
            with
        {
            Manifest = run.Manifest
                with
            {
                Plan = new SweepPlan
                {
                    Target = "embedded",
                    Contexts = [new TokenCount(8192)],
                    System = name,
                    Cap = cap,
                    Options = new TargetOptions { Tier = tier is null ? null : new TierPlan { Folder = "/t" } }
                }
            }
        };
    }

    private static Run Cold(Run run) => run with { Trials = [.. run.Trials.Select(trial => trial with { Method = SweepMethod.Cold })] };

    // Storage reads 100 MB a token at 2 GB/s, so at most 20 t/s are possible.
    private static TierUse Tier(bool emulated = false) =>
        new()
        {
            DirectReadBytesPerSecond = 2000 * MB,
            GenerationReadBytes = 1500 * MB,
            GenerationWrittenBytes = 15 * MB,
            PrefillWrittenBytes = 0,
            IsEmulated = emulated
        };

    [Theory]
    [InlineData(10.0, "managed-q8_0 is 2.00 times as fast as managed", "It streams 25% of the bytes for a token.")]
    [InlineData(2.5, "Compared with managed, managed-q8_0 is 50% slower", "its computation costs more than the bytes save")]
    public void Compare_FewerStreamedBytes_SaysWhetherTheyPay(double rate, string gain, string bytes)
    {
        double[] Around(double value) => [value, value * 1.01, value * 0.99, value, value];
        var fewer = Tier() with { GenerationReadBytes = 375 * MB };
        var words = AnalysisSamples.Systems(
                [System("managed", 0, s_cap, Around(5), Tier()), System("managed-q8_0", 1, s_cap, Around(rate), fewer)])
            .Verdicts.Select(VerdictPhrases.Format).ToList();
        Assert.Contains(words, sentence => sentence.Contains(gain, StringComparison.Ordinal)
            && sentence.Contains(bytes, StringComparison.Ordinal));
    }

    [Fact]
    public void Compare_Repetitions_GainOverTheFirstWithItsInterval()
    {
        var comparison = AnalysisSamples.Systems(
            [System("standard", 0, s_cap, [2, 2.1, 1.9, 2, 2]), System("kv-q8_0", 1, s_cap, [4, 4.2, 3.9, 4, 4]),
                System("managed", 2, s_cap, [10, 10.4, 9.5, 10.1, 10], Tier())]);
        Assert.Equal("standard", comparison.Baseline);
        var gain = Assert.Single(comparison.Gains, gain => gain is { System: "managed", Over: "standard" });
        Assert.Equal(5, gain.Factor!.Value, 0.05);
        Assert.True(gain.Low <= 5 && 5 <= gain.High);
        Assert.Equal(2, Assert.Single(comparison.Gains, gain => gain is { System: "kv-q8_0", Over: "standard" }).Factor!.Value, 0.05);
        Assert.Single(comparison.Gains, gain => gain is { System: "managed", Over: "kv-q8_0" });
        Assert.Contains(Sentences(comparison),
            sentence => sentence.StartsWith("managed is 5.00 times as fast as standard at 8k", StringComparison.Ordinal));
    }

    [Fact]
    public void Compare_Managed_LimitStorageAndWear()
    {
        var cell = AnalysisSamples.Systems([System("standard", 0, s_cap, [2]), System("managed", 1, s_cap, [15], Tier())])
            .Systems[1].Cells[0];
        Assert.Equal(100e6, cell.StorageBytesPerToken!.Value, 1);
        Assert.Equal(20, cell.LimitTps!.Value, 6);
        Assert.Equal(15e6 * 1e6 / (8192 + 16), cell.WrittenBytesPerMillionTokens!.Value, 1);
    }

    [Fact]
    public void Compare_Experts_ShareInMemoryIsInTheTable()
    {
        var tier = Tier() with { GenerationExpertBytes = 400, GenerationExpertMissedBytes = 100 };
        var comparison = AnalysisSamples.Systems([System("standard", 0, s_cap, [2]), System("managed", 1, s_cap, [15], tier)]);

        Assert.Equal([null, 0.75], comparison.Systems.Select(system => system.Cells[0].ExpertHitShare));
        var table = SystemsTable.Create(comparison);
        var column = table.Columns.ToList().FindIndex(shown => shown.Header == "experts in memory");
        Assert.Equal(["–", "75%"], table.Rows.Select(row => row[column]));
    }

    [Fact]
    public void Compare_UncappedSystem_ItsRateIsTheLimitWhereStorageAllowsMore()
    {
        var comparison = AnalysisSamples.Systems(
            [System("uncapped", 0, null, [12, 12.1, 12, 11.9, 12]), System("standard", 1, s_cap, [2, 2, 2, 2, 2]),
                System("managed", 2, s_cap, [9, 9, 9, 9, 9], Tier())]);
        Assert.Equal(12, comparison.Systems[2].Cells[0].LimitTps);
        Assert.Null(comparison.Systems[1].Cells[0].LimitTps);
        Assert.Equal("standard", comparison.Baseline);
        Assert.Contains(Sentences(comparison),
            sentence => sentence.Contains("Compared with uncapped, managed is 25% slower at 8k", StringComparison.Ordinal));
    }

    [Fact]
    public void Compare_StandardThatDied_IsNoFactor()
    {
        var comparison = AnalysisSamples.Systems(
            [System("standard-no-swap", 0, s_cap, [2], outcome: new OutOfMemory("oom_kill 1")), System("managed", 1, s_cap, [9], Tier())]);
        Assert.Null(Assert.Single(comparison.Gains).Factor);
        Assert.Contains(Sentences(comparison),
            sentence => sentence.Contains("At 8k standard-no-swap generates nothing; managed reaches 9", StringComparison.Ordinal));
        Assert.Contains(Sentences(comparison),
            sentence => sentence.Contains("standard-no-swap completes at no context", StringComparison.Ordinal));
    }

    [Fact]
    public void Compare_StandardThatWasStopped_FactorIsAtLeast()
    {
        var comparison = AnalysisSamples.Systems(
            [System("standard", 0, s_cap, [0.1, 0.1, 0.1, 0.1, 0.1], outcome: new TimedOut(Phase.Generation, TimeSpan.FromSeconds(60))),
                System("managed", 1, s_cap, [9, 9.1, 9, 8.9, 9], Tier())]);
        Assert.True(comparison.Systems[0].Cells[0].IsBound);
        var gain = Assert.Single(comparison.Gains);
        Assert.True(gain.IsLowerBound);
        Assert.Equal(9 / 0.1, gain.Factor!.Value, 0.1);
        Assert.Contains(Sentences(comparison), sentence => sentence.Contains("at least 90.0 times", StringComparison.Ordinal));
    }

    // One server under two names was once called ten times as fast after a single repetition on a busy machine.
    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void Compare_FewRepetitions_ShowTheRatesAndNoFactor(int repetitions)
    {
        double[] slow = [.. Enumerable.Repeat(2.0, repetitions)], fast = [.. Enumerable.Repeat(20.6, repetitions)];
        var report = AnalysisSamples.Systems([System("standard", 0, s_cap, slow), System("managed", 1, s_cap, fast, Tier())]);
        Assert.Equal(RatioVerdict.TooFew, Assert.Single(report.Gains).Finding!.Verdict);
        var sentences = Sentences(report);
        Assert.DoesNotContain(sentences, sentence => sentence.Contains("times as fast", StringComparison.Ordinal));
        Assert.Contains(sentences,
            sentence => sentence.Contains("At 8k managed generates 20.6 t/s and standard 2.00 t/s", StringComparison.Ordinal));
    }

    [Fact]
    public void Compare_RatesThatScatter_ShowNoDifference()
    {
        var report = AnalysisSamples.Systems([System("a", 0, s_cap, [4, 9, 5, 8, 6]), System("b", 1, s_cap, [9, 5, 8, 4, 9])]);
        Assert.Equal(RatioVerdict.NoDifferenceShown, Assert.Single(report.Gains).Finding!.Verdict);
        Assert.Contains("No difference between b and a is shown at 8k.", Sentences(report));
    }

    [Fact]
    public void Compare_EmulatedStorage_IsMarkedAndStillHasItsGain()
    {
        var comparison = AnalysisSamples.Systems(
            [System("standard", 0, s_cap, [2, 2, 2]), System("managed@550MB/s", 1, s_cap, [4, 4, 4], Tier(emulated: true))]);
        Assert.Equal([false, true], comparison.Systems.Select(system => system.IsEmulated));
        Assert.DoesNotContain(Sentences(comparison),
            sentence => sentence.Contains("was to emulate", StringComparison.Ordinal));
        Assert.Equal(2, Assert.Single(comparison.Gains).Factor!.Value, 6);
    }

    [Fact]
    public void Compare_EmulatedDeviceFasterThanTheOneThatIsThere_SaysSo()
    {
        var run = System("managed@7GB/s", 1, s_cap, [4], Tier(emulated: true));
        run = run
            with
        {
            Manifest = run.Manifest
                with
            {
                Plan = run.Manifest.Plan
                    with
                { Options = new TargetOptions { Tier = new TierPlan { Folder = "/t", BandwidthBytesPerSecond = 7000 * MB } } }
            }
        };
        Assert.Contains(Sentences(AnalysisSamples.Systems([System("standard", 0, s_cap, [2]), run])),
            sentence => sentence.Contains("managed@7GB/s was to emulate a device of 6.52 GiB/s", StringComparison.Ordinal));
    }

    [Fact]
    public void Compare_ComputedPrompts_HaveATtft() =>
        Assert.Equal(1,
            AnalysisSamples.Systems(
                [Cold(System("standard", 0, s_cap, [2])), System("managed", 1, s_cap, [9], Tier())])
                .Systems[0].Cells[0].TtftSeconds);

    [Fact]
    public void Compare_TwoModels_HaveNoGainAndItIsSaidWhy()
    {
        var other = System("managed", 1, s_cap, [9, 9.1, 9, 9.1, 9]);
        other = other with { Manifest = other.Manifest with { Target = other.Manifest.Target with { Model = "small" } } };
        var report = AnalysisSamples.Systems([System("standard", 0, s_cap, [2, 2.1, 2, 2.1, 2]), other]);

        Assert.Empty(report.Gains);
        Assert.Equal("managed and standard are of different models, so they are not compared.", Sentences(report)[^1]);
    }

    [Fact]
    public void Compare_TwoMethods_HaveNoGainAndItIsSaidWhy()
    {
        var report = AnalysisSamples.Systems(
            [Cold(System("standard", 0, s_cap, [2, 2, 2, 2, 2])), System("managed", 1, s_cap, [9, 9, 9, 9, 9])]);

        Assert.Empty(report.Gains);
        Assert.Equal("managed and standard reached their contexts by different methods, so they are not compared.", Sentences(report)[^1]);
    }

    private static IReadOnlyList<string> Sentences(SystemsReport report) => [.. report.Verdicts.Select(VerdictPhrases.Format)];
}
