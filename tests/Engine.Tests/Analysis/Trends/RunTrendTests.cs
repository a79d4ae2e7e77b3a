using MemoryWall.Analysis.Reports;
using MemoryWall.Analysis.Trends;
using MemoryWall.Core;
using MemoryWall.Core.Plan;
using MemoryWall.Engine.Tests.Runs;
using MemoryWall.Reporting.Phrases;

namespace MemoryWall.Engine.Tests.Analysis.Trends;

/// <summary>A figure over runs: noise is no change, and a change is found where it is.</summary>
public sealed class RunTrendTests
{
    private static readonly TrendFigure s_figure = new(ComparedQuantity.GenerationTps, SweepMethod.Cold, 8192);

    /// <summary>The rate of false alarms that the rule states holds for normal, heavy-tailed and skewed scatter, long and short
    /// series.</summary>
    [Theory]
    [InlineData("normal", 12)]
    [LongData("normal", 40)]
    [LongData("heavy", 25)]
    [LongData("skewed", 25)]
    public void Compute_SteadyRuns_RaiseNoMoreAlarmsThanStated(string noise, int count)
    {
        const int Series = 200;
        var random = new Random(count);
        var alarms = Enumerable.Range(0, Series).Count(_ => Compute(Enumerable.Range(0, count)
            .Select(_ => 50 * (1 + 0.04 * Draw(random, noise)))).Changes.Count > 0);

        // 1% are 2 of 200; more than 7 have a chance of 0.1%.
        Assert.InRange(alarms, 0, 7);
    }

    [Theory]
    [InlineData(0.9)]
    [InlineData(1.1)]
    public void Compute_AStepOfTenPercent_IsFoundWhereItIs(double step)
    {
        const int Series = 100;
        var random = new Random(7);
        var (found, near) = (0, 0);
        for (var series = 0; series < Series; series++)
        {
            var trend = Compute(Enumerable.Range(0, 24).Select(i => (i < 12 ? 50 : 50 * step) * (1 + 0.03 * Draw(random, "normal"))));
            if (trend.Changes.Count == 0)
                continue;
            found++;
            var first = int.Parse(trend.Changes[0].First.Manifest.RunId, System.Globalization.CultureInfo.InvariantCulture);
            near += Math.Abs(first - 12) <= 1 && trend.Changes[0].Finding.Ratio.Interval!.Value.Contains(step) ? 1 : 0;
        }
        Assert.InRange(found, 95, Series);
        Assert.InRange(near, 80, Series);
    }

    [Fact]
    public void Compute_TwoSteps_AreTwoChanges()
    {
        var trend = Compute(Enumerable.Range(0, 30).Select(i => (i < 10 ? 50.0 : i < 20 ? 80 : 40) + i % 3));

        Assert.Equal(["10", "20"], trend.Changes.Select(change => change.First.Manifest.RunId));
        Assert.Equal([10, 10, 10], trend.Stretches.Select(stretch => stretch.Runs.Count));
    }

    [Fact]
    public void Compute_ASignificantChangeBelowWhatDaysDifferBy_IsNone() =>
        Assert.Empty(Compute(Enumerable.Range(0, 60).Select(i => (i < 30 ? 50 : 50.4) + 0.001 * (i % 7))).Changes);

    [Fact]
    public void Compute_EqualValues_AreNoChange() => Assert.Empty(Compute(Enumerable.Repeat(50.0, 40)).Changes);

    [Fact]
    public void Format_FewRuns_SaysThatNothingCanBeShown()
    {
        var trend = Compute([50, 50, 25, 25]);

        Assert.Empty(trend.Changes);
        Assert.Contains("needs 10 runs", Assert.Single(TrendPhrases.Format(trend)), StringComparison.Ordinal);
    }

    [Fact]
    public void Format_AChange_NamesWhatWasUpdatedThere()
    {
        var runs = Enumerable.Range(0, 20).Select(i => new TrendRun(Manifest(i) with { EngineVersion = i < 10 ? "1.0" : "1.1" },
            (i < 10 ? 50 : 60) + 0.1 * (i % 3), 5)).ToList();

        var sentence = Assert.Single(TrendPhrases.Format(RunTrend.Compute(s_figure, runs)));

        Assert.Contains("From run 10 ", sentence, StringComparison.Ordinal);
        Assert.Matches(@"1\.(19|20)\d times", sentence);
        Assert.Contains("engine version: 1.0 → 1.1", sentence, StringComparison.Ordinal);
    }

    [Fact]
    public void GroupBySetup_OnlyUpdatesMayDiffer()
    {
        var one = Manifest(1);
        RunManifest[] runs =
        [
            one,
            one with { EngineVersion = "2" },
            one with { Machine = one.Machine with { Kernel = "7.0" } },
            one with { Machine = one.Machine with { CpuModel = "other" } },
            one with { Plan = one.Plan with { Options = new TargetOptions { KvType = "q8_0" } } },
            one with { Plan = one.Plan with { Cap = new CapPlan { Bytes = 1 << 30 } } },
            one with { Target = one.Target with { Model = "small" } },
        ];

        Assert.Equal([3, 1, 1, 1, 1], RunTrend.GroupBySetup(runs, run => run).Select(group => group.Count));
    }

    [Theory]
    [InlineData(new[] { 10.0, 12, 14 }, new[] { false, false, false }, 12.0, 3)]
    [InlineData(new[] { 10.0, 12, 40 }, new[] { false, false, true }, 11.0, 2)]
    [InlineData(new[] { 10.0, 40, 50 }, new[] { false, true, true }, 40.0, 3)]
    public void FromTrials_DisturbedOnes_AreLeftOutWhereEnoughOthersRemain(double[] values, bool[] disturbed, double median, int count)
    {
        var run = TrendRun.FromTrials(Manifest(1), [.. values.Zip(disturbed)])!;

        Assert.Equal((median, count), (run.Value, run.Trials));
        Assert.Null(TrendRun.FromTrials(Manifest(1), []));
    }

    private static RunTrend Compute(IEnumerable<double> values) =>
        RunTrend.Compute(s_figure, [.. values.Select((value, i) => new TrendRun(Manifest(i), value, 5))]);

    private static RunManifest Manifest(int number) =>
        StoreSamples.Manifest(number.ToString(System.Globalization.CultureInfo.InvariantCulture)) with
        {
            StartedUtc = new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero).AddDays(number),
        };

    private static double Draw(Random random, string noise)
    {
        var normal = Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());
        return noise switch
        {
            // Student's distribution with few degrees of freedom, bounded as rates are.
            "heavy" => Math.Clamp(normal / Math.Sqrt(random.NextDouble() + 0.05), -15, 15),
            "skewed" => -Math.Log(1 - random.NextDouble()),
            _ => normal,
        };
    }
}
