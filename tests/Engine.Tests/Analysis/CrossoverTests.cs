using CsCheck;
using MemoryWall.Analysis;
using MemoryWall.Analysis.Review;
using MemoryWall.Core.Trials;
using MemoryWall.Reporting.Phrases;

namespace MemoryWall.Engine.Tests.Analysis;

public sealed class CrossoverTests
{
    [Fact]
    public void Compute_PowerLaws_IsExact() =>
        Gen.Select(Gen.Double[1.05, 2], Gen.Double[0, 0.9], Gen.Double[2100, 32000]).Sample((prefillPower, generationPower, at) =>
    {
        // Both phases take 3 s at the crossover; each is a straight line in logarithms.
        Trial At(int number, int context) =>
            AnalysisSamples.Server(number, context, 3 * Math.Pow(context / at, prefillPower), 3 * Math.Pow(context / at, generationPower));
        var crossover = Compute(At(1, 2048), At(2, 8192), At(3, 32768));
        Assert.Equal(CrossoverKind.Found, crossover.Kind);
        Assert.Equal(1, crossover.ContextTokens!.Value / at, 5);
        Assert.Equal(at < 8192 ? [1, 2] : [2, 3], crossover.Trials);
    });

    [Fact]
    public void Compute_BetweenTwoContexts_SaysSoWithItsEvidenceAndItsCheck()
    {
        var crossover = Compute(AnalysisSamples.Server(1, 2048, 1, 4), AnalysisSamples.Server(2, 8192, 8, 4),
            AnalysisSamples.Server(3, 2048, 1, 4));
        Assert.Equal(2048 * Math.Pow(4, 2.0 / 3), crossover.ContextTokens!.Value, 6);
        Assert.Equal([1, 2, 3], crossover.Trials);
        Assert.Equal(64 * 2048 / (63 / 4.0), crossover.FlatRateContextTokens!.Value, 6);
        Assert.Equal(
            "Prefill takes as long as generating 64 tokens at about 5,160 tokens (interpolated between 2k and 8k). Rule of thumb (answer "
            + "length × prefill rate ÷ generation rate): 8,320 tokens.",
            CrossoverPhrases.Format(crossover));
    }

    [Fact]
    public void Compute_EqualAtAMeasuredContext_IsThatContext()
    {
        var crossover = Compute(AnalysisSamples.Server(1, 2048, 1, 4), AnalysisSamples.Server(2, 8192, 4, 4),
            AnalysisSamples.Server(3, 32768, 40, 4));
        Assert.Equal((CrossoverKind.Found, 8192.0), (crossover.Kind, crossover.ContextTokens));
        Assert.Equal([2], crossover.Trials);
        Assert.Contains("at 8k.", CrossoverPhrases.Format(crossover), StringComparison.Ordinal);
    }

    [Fact]
    public void Compute_OutsideTheMeasuredContexts_GivesNoNumber()
    {
        var below = Compute(AnalysisSamples.Server(1, 2048, 5, 4), AnalysisSamples.Server(2, 8192, 9, 4));
        Assert.Equal((CrossoverKind.BelowMeasured, null), (below.Kind, below.ContextTokens));
        Assert.Contains("is below 2k, the smallest context measured", CrossoverPhrases.Format(below), StringComparison.Ordinal);
        Assert.Equal([1], below.Trials);
        var above = Compute(AnalysisSamples.Server(1, 2048, 1, 4), AnalysisSamples.Server(2, 8192, 2, 4));
        Assert.Equal((CrossoverKind.AboveMeasured, null), (above.Kind, above.ContextTokens));
        Assert.Contains("is above 8k, the largest context measured", CrossoverPhrases.Format(above), StringComparison.Ordinal);
        Assert.Contains("above 2k, the only context measured", CrossoverPhrases.Format(Compute(AnalysisSamples.Server(1, 2048, 1, 4))),
            StringComparison.Ordinal);
    }

    [Fact]
    public void Compute_PhasesThatChangePlacesAgainAndAgain_GivesNoNumber()
    {
        var crossover = Compute(AnalysisSamples.Server(1, 2048, 1, 4), AnalysisSamples.Server(2, 8192, 9, 4),
            AnalysisSamples.Server(3, 32768, 1, 4));
        Assert.Equal((CrossoverKind.Repeated, null), (crossover.Kind, crossover.ContextTokens));
        Assert.Contains("change places 2 times between 2k and 32k", CrossoverPhrases.Format(crossover), StringComparison.Ordinal);
    }

    [Fact]
    public void Compute_NothingMeasured_IsUnknown()
    {
        var crossover = Compute(AnalysisSamples.Server(1, 2048, 1, 4) with { Outcome = new Cancelled() });
        Assert.Equal((CrossoverKind.Unknown, null, null), (crossover.Kind, crossover.ContextTokens, crossover.FlatRateContextTokens));
        Assert.Empty(crossover.Trials);
    }

    [Fact]
    public void Compute_MixedKinds_IsACallersBug()
    {
        var trial = AnalysisSamples.Server(1, 2048, 1, 4);
        Assert.Throws<ArgumentException>(() => Compute(trial, trial with { Concurrency = 2 }));
        Assert.Throws<ArgumentException>(() => Crossover.Compute([]));
    }

    private static Crossover Compute(params Trial[] trials) => Crossover.Compute(ContextSummary.Summarize(TrialReview.Review(trials)));
}
