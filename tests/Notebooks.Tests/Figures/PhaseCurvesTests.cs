using MemoryWall.Analysis;

namespace MemoryWall.Notebooks.Tests.Figures;

public class PhaseCurvesTests
{
    private static readonly PhaseCurves s_flat = new(Runs.Analysis(Sample.FlatRates(1024, 4096, 16_384)).Contexts);

    // With flat rates the crossover is (G − 1)·PP/TG: 256 tokens after the first at 64/s take 4 s, and so do 4,000 tokens at 1,000/s.
    [Fact]
    public void Crossover_FlatRates_IsTheClosedForm() => Assert.Equal(4000, s_flat.FindCrossover(257)!.Value, 4000 * 0.03);

    [Fact]
    public void Crossover_OutsideTheMeasuredContexts_IsNotKnown()
    {
        Assert.Null(s_flat.FindCrossover(3));
        Assert.Null(s_flat.FindCrossover(8000));
    }

    [Fact]
    public void Generation_FarBeyondTheMeasuredDepths_IsNotKnown() => Assert.Null(s_flat.GenerationSeconds(16_384, 8192));

    [Fact]
    public void Prefill_BetweenContexts_IsInterpolated() => Assert.Equal(2.048, s_flat.PrefillSeconds(2048)!.Value, 3);
}
