using MemoryWall.Analysis;
using MemoryWall.Analysis.Reports;
using MemoryWall.Core;
using MemoryWall.Core.Plan;
using MemoryWall.Core.Time;
using MemoryWall.Reporting.Phrases;
using MemoryWall.Statistics;

namespace MemoryWall.Engine.Tests.Analysis;

public sealed class ComparisonTests
{
    private static readonly DateTimeOffset s_start = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    // Trials one minute apart, from a given second on. The speed of the machine depends only on the time; 1% of noise is added.
    private static Run Run(string id, int from, double speed, int repetitions, Func<double, double>? mood = null)
    {
        const double Noise = 0.01;
        var random = new Random(1 + from);
        var trials = AnalysisSamples.InOrder([.. Enumerable.Range(0, repetitions).SelectMany(r => new[] { 2048, 8192 }.Select((n, i) =>
        {
            var factor = speed * (mood?.Invoke(2 * r + i) ?? 1) * (1 + Noise * (2 * random.NextDouble() - 1));
            return (n, n / 1000.0 / factor, 2 / factor);
        }))]);
        return AnalysisSamples.Run(
            [.. trials.Select(
                trial => trial with { Client = trial.Client with { Sent = Instant.FromSeconds(60 * trial.Number + from) } })], id, s_start);
    }

    [Fact]
    public void Compare_InterleavedTrials_FindsADifferenceThatIsSmallerThanTheMachinesVariation()
    {
        static double Mood(double at) => 1 + 0.5 * Math.Sin(at);
        var comparison = AnalysisSamples.Compare(Run("a", 0, 1, 8, Mood), Run("b", 20, 1.08, 8, Mood), margin: null);
        Assert.All(comparison.Contexts, row => Assert.True(row.IsPaired));
        var prefill = comparison.Contexts.First(row => row.Quantity == ComparedQuantity.PrefillTps);
        Assert.Equal(RatioVerdict.Higher, prefill.Verdict);
        Assert.Equal(1.08, prefill.Ratio.Value, 0.02);
        Assert.Equal(RatioVerdict.Lower, comparison.Contexts.First(row => row.Quantity == ComparedQuantity.TtftSeconds).Verdict);
    }

    [Fact]
    public void Compare_OneAfterTheOther_IsNotPaired() =>
        Assert.All(AnalysisSamples.Compare(Run("a", 0, 1, 6), Run("b", 3600, 1, 6), margin: null).Contexts,
            row => Assert.False(row.IsPaired));

    [Fact]
    public void Compare_EqualSystems_NoDifferenceShownAndWithAMarginTheSame()
    {
        var (a, b) = (Run("a", 0, 1, 12), Run("b", 3600, 1, 12));
        Assert.All(AnalysisSamples.Compare(a, b, margin: null).Contexts, row => Assert.Equal(RatioVerdict.NoDifferenceShown, row.Verdict));
        // Two contexts and three quantities, and each quantity over both contexts.
        Assert.All(AnalysisSamples.Compare(a, b, margin: null).Contexts, row => Assert.Equal(1 - 0.05 / 9, row.Ratio.Level!.Value, 12));
        Assert.All(AnalysisSamples.Compare(a, b, margin: 0.02).Contexts, row => Assert.Equal(RatioVerdict.Equivalent, row.Verdict));
    }

    [Fact]
    public void Compare_OneTrialEach_SaysTooFewHoweverFarApart() =>
        Assert.All(AnalysisSamples.Compare(Run("a", 0, 1, 1), Run("b", 3600, 2, 1), margin: 0.02).Contexts,
            row => Assert.Equal(RatioVerdict.TooFew, row.Verdict));

    [Fact]
    public void Compare_DifferentContexts_AreNamedAndNotCompared()
    {
        var a = Run("a", 0, 1, 2);
        var b = AnalysisSamples.Run([AnalysisSamples.Server(1, 512, 1, 1)], "b", s_start);
        var comparison = AnalysisSamples.Compare(a, b, margin: null);
        Assert.Empty(comparison.Contexts);
        Assert.Equal([512, 2048, 8192], comparison.Unmatched);
    }

    [Fact]
    public void Compare_TwoModels_AreNotCompared()
    {
        var a = Run("a", 0, 1, 6);
        var b = Run("b", 20, 2, 6);
        b = b with { Manifest = b.Manifest with { Target = b.Manifest.Target with { Model = "small" } } };
        var comparison = AnalysisSamples.Compare(a, b, margin: null);

        Assert.Empty(comparison.Contexts);
        Assert.Empty(comparison.Overall);
        Assert.Equal(["The runs are of different models, so they are not compared."], ComparisonPhrases.Notes(comparison));
    }

    [Fact]
    public void Compare_TwoMethods_AreNotCompared()
    {
        var a = Run("a", 0, 1, 6);
        var b = a with { Trials = [.. a.Trials.Select(trial => trial with { Method = SweepMethod.SyntheticDepth })] };

        Assert.Equal(["The runs reached their contexts by different methods, so they are not compared."],
            ComparisonPhrases.Notes(AnalysisSamples.Compare(a, b, margin: null)));
    }

    [Fact]
    public void Difference_OfTwoBuilds_HasShortCommits() => Assert.Equal("engine version: 1.0.0+aaaaaaaaa → 1.0.0+bbbbbbbbb",
        ComparisonPhrases.Difference(new("engine version", "1.0.0+" + new string('a', 40), "1.0.0+" + new string('b', 40))));

    [Fact]
    public void Compare_OtherOutputTokens_GenerationIsNotComparedAndPrefillIs()
    {
        var a = Run("a", 0, 1, 2);
        var b = a with { Trials = [.. a.Trials.Select(trial => trial with { OutputTokensAsked = 128, OutputTokens = 128 })] };
        Assert.Equal([ComparedQuantity.PrefillTps, ComparedQuantity.TtftSeconds],
            AnalysisSamples.Compare(a, b, margin: null).Contexts.Select(row => row.Quantity).Distinct());
    }

    [Fact]
    public void Compare_DifferentSettings_AreNamedOneByOne()
    {
        var a = Run("a", 0, 1, 2);
        var b = a
            with
        {
            Manifest = a.Manifest with
            {
                EngineVersion = "2",
                Plan = a.Manifest.Plan with { Options = new TargetOptions { KvType = "q8_0" } }
            }
        };
        Assert.Equal([new RunDifference("engine version", "1", "2"), new RunDifference("kv type", null, "q8_0")],
            AnalysisSamples.Compare(a, b, margin: null).Differences);
    }

    [Fact]
    public void Compare_MarginOfZero_IsACallersBug() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => AnalysisSamples.Compare(Run("a", 0, 1, 1), Run("b", 1, 1, 1), 0));
}
