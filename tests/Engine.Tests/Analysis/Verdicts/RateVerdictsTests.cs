using MemoryWall.Analysis.Verdicts;
using MemoryWall.Core.Trials;
using MemoryWall.Statistics;

namespace MemoryWall.Engine.Tests.Analysis.Verdicts;

public sealed class RateVerdictsTests
{
    [Fact]
    public void Verdicts_ShareOfPrefill_NamesTheDominantPhaseOfEachContext()
    {
        var dominance = Single<DominanceVerdict>(AnalysisSamples.Server(1, 2048, 1, 4), AnalysisSamples.Server(2, 8192, 4, 4),
            AnalysisSamples.Server(3, 32768, 32, 4));

        Assert.Equal([DominantPhase.Generation, DominantPhase.Neither, DominantPhase.Prefill],
            dominance.Contexts.Select(context => context.Dominant));
        Assert.Equal([1, 2, 3], dominance.Trials);
    }

    [Fact]
    public void Verdicts_RateThatFalls_HasItsRatesAndTheHighestBetween()
    {
        var change = Change(Phase.Prefill, Repeat(5, (2048, 1, 4), (8192, 2, 4), (32768, 32, 4)));

        Assert.Equal(RatioVerdict.Lower, change.Finding.Verdict);
        Assert.Equal((new ContextRate(2048, 2048), new ContextRate(32768, 1024)), (change.From, change.To));
        Assert.Equal(0.5, change.Finding.Ratio.Value, 9);
        Assert.Equal(new ContextRate(8192, 4096), change.HighestBetween);
        Assert.Null(change.LowestBetween);
    }

    [Fact]
    public void Verdicts_SteadyRate_ShowsNoChange() => Assert.Equal(RatioVerdict.NoDifferenceShown,
        Change(Phase.Generation, Repeat(5, (2048, 1, 4), (8192, 2, 4))).Finding.Verdict);

    [Fact]
    public void Verdicts_OneRepetition_IsTooFewForAChange() => Assert.Equal(RatioVerdict.TooFew,
        Change(Phase.Prefill, Repeat(1, (2048, 1, 4), (8192, 40, 4))).Finding.Verdict);

    [Fact]
    public void Verdicts_OneContext_ShowNoChange() =>
        Assert.Empty(AnalysisSamples.Report([AnalysisSamples.Server(1, 2048, 1, 4)]).Verdicts.OfType<RateChangeVerdict>());

    [Fact]
    public void Verdicts_SeveralLevels_CarryTheirLevel()
    {
        var trials = new[] { AnalysisSamples.Server(1, 2048, 1, 4), AnalysisSamples.Server(2, 2048, 1, 4) with { Concurrency = 4 } };

        Assert.Equal([1, 4],
            AnalysisSamples.Report(trials).Verdicts.OfType<DominanceVerdict>().Select(verdict => verdict.Level!.Value.Concurrency));
        Assert.All(AnalysisSamples.Report(trials[..1]).Verdicts, verdict => Assert.Null(verdict.Level));
    }

    [Fact]
    public void Verdicts_Failures_AreGroupedByContextAndOutcome()
    {
        var failures = AnalysisSamples.Report(
        [
            AnalysisSamples.Server(1, 2048, 1, 1) with { Outcome = new Refused(500, "no") },
            AnalysisSamples.Server(2, 2048, 1, 1) with { Outcome = new Refused(503, "busy") },
            AnalysisSamples.Server(3, 2048, 1, 1) with { Outcome = new TargetDied("exit 1") },
        ]).Verdicts.OfType<FailureVerdict>().ToList();

        Assert.Equal([[1, 2], [3]], failures.Select(failure => failure.Trials));
        Assert.All(failures, failure => Assert.Equal((2048, 1, false, 3),
            (failure.ContextTokens, failure.Concurrency, failure.IsWarmup, failure.Attempted)));
        Assert.Equal([false, true], failures.Select(failure => failure.IsSameForAll));
    }

    private static Trial[] Repeat(int repetitions, params (int Context, double Prefill, double Generation)[] contexts) =>
        [.. AnalysisSamples.InOrder([.. Enumerable.Range(0, repetitions).SelectMany(_ => contexts)])];

    private static RateChangeVerdict Change(Phase phase, params Trial[] trials) =>
        AnalysisSamples.Report(trials).Verdicts.OfType<RateChangeVerdict>().Single(verdict => verdict.Phase == phase);

    private static T Single<T>(params Trial[] trials) => Assert.Single(AnalysisSamples.Report(trials).Verdicts.OfType<T>());
}
