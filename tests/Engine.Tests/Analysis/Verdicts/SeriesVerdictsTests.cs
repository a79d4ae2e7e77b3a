using MemoryWall.Analysis.Verdicts;

namespace MemoryWall.Engine.Tests.Analysis.Verdicts;

public sealed class SeriesVerdictsTests
{
    private static readonly int[] s_contexts = [2048, 8192, 512, 4096];

    // Times on a machine whose speed is a function of the trial's position in the run.
    private static IReadOnlyList<Verdict> Verdicts(int trials, Func<int, double> speed, Func<int, int>? context = null)
    {
        var random = new Random(9);
        return AnalysisSamples.Report(AnalysisSamples.InOrder([.. Enumerable.Range(0, trials).Select(i =>
        {
            var n = context?.Invoke(i) ?? s_contexts[i % s_contexts.Length];
            var noise = 1 + 0.01 * (random.NextDouble() - 0.5);
            return (n, n / 1000.0 / speed(i) * noise, 2 / speed(i) * noise);
        })])).Verdicts;
    }

    private static Verdict? Find(IReadOnlyList<Verdict> verdicts, VerdictTopic topic) =>
        verdicts.FirstOrDefault(verdict => verdict.Topic == topic);

    [Fact]
    public void Evaluate_MachineThatGetsHot_DriftIsSaidWithItsSize()
    {
        var drift = Verdicts(24, i => 1 - 0.01 * i).OfType<DriftVerdict>().First();
        Assert.InRange(drift.Change, -0.4, -0.1);
        Assert.InRange(drift.P, 0, 0.005);
        Assert.Equal(24, drift.Trials.Count);
    }

    [Fact]
    public void Evaluate_SteadyMachine_SaysNothing()
    {
        var verdicts = Verdicts(24, _ => 1);
        Assert.DoesNotContain(verdicts,
            verdict =>
                verdict.Topic is VerdictTopic.Drift or VerdictTopic.WarmUp or VerdictTopic.OrderEffect or VerdictTopic.Spread
                    or VerdictTopic.Stall);
    }

    [Fact]
    public void Evaluate_FirstTrialsSlow_NamesThemAsWarmUp() =>
        Assert.Equal([1, 2], Find(Verdicts(24, i => i < 2 ? 0.5 : 1), VerdictTopic.WarmUp)!.Trials);

    [Fact]
    public void Evaluate_OneFirstTrialSlow_IsWarmUpUnlessALaterOneStraysAsFar()
    {
        Assert.Equal([1], Find(Verdicts(24, i => i == 0 ? 0.7 : 1), VerdictTopic.WarmUp)!.Trials);
        Assert.Null(Find(Verdicts(24, i => i is 0 or 13 ? 0.7 : 1), VerdictTopic.WarmUp));
        Assert.Null(Find(Verdicts(24, i => i == 0 ? 1.4 : 1), VerdictTopic.WarmUp));
    }

    [Fact]
    public void Evaluate_TrialsAfterLargeOnesSlower_NamesTheOrder()
    {
        var random = new Random(1);
        int[] order = [.. Enumerable.Range(0, 60).Select(_ => s_contexts[random.Next(4)])];
        var verdicts = Verdicts(60, i => i > 0 && order[i - 1] > order[i] ? 0.8 : 1, i => order[i]);
        Assert.InRange(verdicts.OfType<OrderEffectVerdict>().First().Ratio, 0.8, 0.95);
    }

    [Fact]
    public void Evaluate_ContextsInRisingOrder_TimeAndContextCannotBeToldApart() =>
        Assert.IsType<ConfoundedOrderVerdict>(Find(Verdicts(6, _ => 1, i => 512 << (i / 2)), VerdictTopic.OrderEffect));

    [Fact]
    public void Evaluate_OneWildRepetition_IsMarkedAndKept()
    {
        var analysis = AnalysisSamples.Report(
            AnalysisSamples.InOrder([.. Enumerable.Range(0, 8).Select(i => (2048, i == 4 ? 3.0 : 1 + 0.001 * i, 2.0 + 0.001 * i))]));
        Assert.Equal([5], Find(analysis.Verdicts, VerdictTopic.Spread)!.Trials);
        Assert.Equal(8, analysis.Contexts[0].PrefillTps!.Trials.Count);
        Assert.Equal([5], analysis.Contexts[0].PrefillTps!.Outliers);
    }

    [Fact]
    public void Evaluate_TwoLevels_AreSaidToBeTwo()
    {
        var verdicts = Verdicts(24, i => i * 7 % 3 == 0 ? 0.7 : 1, _ => 2048);
        Assert.Contains(verdicts, verdict => verdict is TwoGroupsVerdict { ContextTokens: 2048, P: < 0.01 });
    }
}
